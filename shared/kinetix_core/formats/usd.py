"""USD: a skinned figure with a UsdSkel animation, written with Pixar's library, an optional extra."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats.figure import check_fit, plain_figure, vertex_normals
from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES

Array = NDArray[np.float64]


def write_motion(motion: Motion) -> bytes:
    """Return a USD of the mannequin moving, or of a solid for every bone of another skeleton."""
    return write_figure(motion, *plain_figure(motion.skeleton))


def write_figure(motion: Motion, figure: Figure, name: str) -> bytes:
    """Return a USD (binary, metres, y up) of a figure moving, its face as blend shapes; materials are not written.

    Raises:
        FormatError: the library is missing, or the motion is on another skeleton.
    """
    check_fit(motion, figure)
    try:
        from pxr import Usd, UsdGeom, UsdSkel
    except ImportError as error:
        raise FormatError(
            "USD needs the package usd-core.", next_step="Install it with: pip install 'kinetix-bridge[usd]'"
        ) from error
    with TemporaryDirectory(prefix="kinetix-usd-") as folder:
        path = Path(folder, "emote.usdc")
        stage = Usd.Stage.CreateNew(str(path))
        UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
        UsdGeom.SetStageMetersPerUnit(stage, 1.0)
        stage.SetTimeCodesPerSecond(motion.fps)
        stage.SetFramesPerSecond(motion.fps)
        stage.SetStartTimeCode(0)
        stage.SetEndTimeCode(len(motion) - 1)
        root = UsdSkel.Root.Define(stage, f"/{_identifier(name)}")
        stage.SetDefaultPrim(root.GetPrim())
        joints = _joint_paths(figure.skeleton)
        skeleton = _skeleton(stage, root, figure.skeleton, joints)
        animation = _animation(stage, root, motion, joints)
        UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([animation.GetPath()])
        mesh = _mesh(stage, root, figure, skeleton)
        if motion.face is not None and figure.face:
            _face(stage, mesh, animation, motion.face, figure)
        stage.GetRootLayer().Save()
        return path.read_bytes()


def _identifier(name: str) -> str:
    from pxr import Tf

    return str(Tf.MakeValidIdentifier(name))


def _joint_paths(skeleton: Skeleton) -> list[str]:
    """Joint tokens as USD wants them: paths of unique identifiers from the root."""
    paths: list[str] = []
    taken: set[str] = set()
    for bone, name in enumerate(skeleton.names):
        own = _identifier(name)
        own = f"{own}_{bone}" if own in taken else own
        taken.add(own)
        parent = int(skeleton.parents[bone])
        paths.append(f"{paths[parent]}/{own}" if parent >= 0 else own)
    return paths


def _matrices(rotations: Array, positions: Array) -> Any:
    """(J, 4) and (J, 3) → matrices with the translation in the last row, as USD keeps them."""
    from pxr import Vt

    out = np.tile(np.eye(4), (len(positions), 1, 1))
    out[:, :3, :3] = np.swapaxes(quat.to_matrix(rotations), 1, 2)
    out[:, 3, :3] = positions
    return Vt.Matrix4dArray.FromNumpy(out)


def _skeleton(stage: Any, root: Any, skeleton: Skeleton, joints: list[str]) -> Any:
    from pxr import UsdSkel

    prim = UsdSkel.Skeleton.Define(stage, root.GetPath().AppendChild("Rig"))
    prim.CreateJointsAttr(joints)
    prim.CreateJointNamesAttr(list(skeleton.names))
    prim.CreateBindTransformsAttr(_matrices(*kinematics.rest_pose(skeleton)))
    prim.CreateRestTransformsAttr(_matrices(skeleton.rest_rotations, skeleton.rest_translations))
    return prim


def _animation(stage: Any, root: Any, motion: Motion, joints: list[str]) -> Any:
    from pxr import UsdSkel, Vt

    prim = UsdSkel.Animation.Define(stage, root.GetPath().AppendChild(_identifier(motion.name)))
    prim.CreateJointsAttr(joints)
    prim.CreateScalesAttr(Vt.Vec3hArray.FromNumpy(np.ones((len(joints), 3), np.float16)))
    places = np.tile(motion.skeleton.rest_translations, (len(motion), 1, 1))
    for bone, path in {0: motion.root_positions, **motion.translations}.items():
        places[:, bone] = path
    translations, rotations = prim.CreateTranslationsAttr(), prim.CreateRotationsAttr()
    for frame in range(len(motion)):
        translations.Set(Vt.Vec3fArray.FromNumpy(places[frame].astype(np.float32)), frame)
        rotations.Set(Vt.QuatfArray.FromNumpy(motion.rotations[frame].astype(np.float32)), frame)
    return prim


def _mesh(stage: Any, root: Any, figure: Figure, skeleton: Any) -> Any:
    from pxr import Gf, UsdGeom, UsdSkel, Vt

    mesh = UsdGeom.Mesh.Define(stage, root.GetPath().AppendChild("Body"))
    vertices = figure.vertices.astype(np.float32)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(vertices))
    mesh.CreateFaceVertexCountsAttr([3] * len(figure.faces))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(figure.faces.astype(np.int32).ravel()))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(vertex_normals(figure.vertices, figure.faces).astype(np.float32)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateExtentAttr([Gf.Vec3f(*map(float, vertices.min(0))), Gf.Vec3f(*map(float, vertices.max(0)))])
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
    binding.CreateGeomBindTransformAttr(Gf.Matrix4d(1.0))
    influences = figure.skin_joints.shape[1]
    joints = Vt.IntArray.FromNumpy(figure.skin_joints.astype(np.int32).ravel())
    weights = Vt.FloatArray.FromNumpy(figure.skin_weights.astype(np.float32).ravel())
    binding.CreateJointIndicesPrimvar(False, influences).Set(joints)
    binding.CreateJointWeightsPrimvar(False, influences).Set(weights)
    return mesh


def _face(stage: Any, mesh: Any, animation: Any, face: Array, figure: Figure) -> None:
    from pxr import UsdSkel, Vt

    names = list(figure.face)
    targets = []
    for name, shape in figure.face.items():
        prim = UsdSkel.BlendShape.Define(stage, mesh.GetPath().AppendChild(name))
        shape = shape.with_a_vertex()  # Blender drops a shape without one
        prim.CreateOffsetsAttr(Vt.Vec3fArray.FromNumpy(shape.moves.astype(np.float32)))
        prim.CreatePointIndicesAttr(Vt.IntArray.FromNumpy(shape.rows.astype(np.int32)))
        targets.append(prim.GetPath())
    binding = UsdSkel.BindingAPI(mesh.GetPrim())
    binding.CreateBlendShapesAttr(names)
    binding.CreateBlendShapeTargetsRel().SetTargets(targets)
    animation.CreateBlendShapesAttr(names)
    weights = animation.CreateBlendShapeWeightsAttr()
    columns = [FACE_SHAPES.index(name) for name in names]
    for frame, row in enumerate(face[:, columns].astype(np.float32)):
        weights.Set(Vt.FloatArray.FromNumpy(row), frame)
