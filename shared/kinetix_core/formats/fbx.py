"""Writes binary FBX 7.4: skeleton, skin, blend shapes, bind pose and one take with a key on every frame. Centimetres, y up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats.fbx_tree import Int32, Node, encode
from kinetix_core.formats.figure import check_fit, plain_figure, vertex_normals
from kinetix_core.mannequin.figure import FaceMoves, Figure
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.face_shapes import FACE_SHAPES

Array = NDArray[np.float64]
_SECOND = 46_186_158_000
"""FBX time units."""
_CM = 100.0
_NAME = "\x00\x01"
"""Between an object's name and its class."""
_LINEAR = 0x6104
"""Key flags: linear interpolation, tangents broken."""
_CUSTOM_RATE = 14
_APART_M = 5e-6
"""How far from the end of its parent a bone with a path rests."""
_COLOUR = (0.62, 0.66, 0.72)
_FILE_ID = bytes.fromhex("28b32aebb624ccc2bfc8b02aa92bfcf1")
_CREATED = "1970-01-01 10:00:00:000"
"""The footer is a checksum of this time; every file has the same one, so that the same motion gives the same bytes."""


def write_motion(motion: Motion) -> bytes:
    """An FBX of the mannequin moving, its face too, or of another skeleton with a simple solid for every bone."""
    return _Scene(motion, *plain_figure(motion.skeleton)).encode()


def write_figure(motion: Motion, figure: Figure, name: str) -> bytes:
    """An FBX of any figure moving, e.g. of a character; its materials are not written.

    A motion with a face adds the figure's shapes as animated blend shapes.

    Raises:
        FormatError: the motion is on another skeleton, or the figure has no surface or a damaged face.
    """
    check_fit(motion, figure)
    return _Scene(motion, figure, name).encode()


class _Scene:
    def __init__(self, motion: Motion, figure: Figure, name: str) -> None:
        self.motion, self.figure, self.name = motion, figure, name
        self.objects, self.connections = Node("Objects"), Node("Connections")
        self.ids = count(1_000_001)
        self.last = round((len(motion) - 1) * _SECOND / motion.fps)
        self.binds = np.tile(np.eye(4), (len(figure.skeleton), 1, 1))
        self.rest = _apart(figure.skeleton, motion.translations)
        rotations, positions = kinematics.rest_pose(self.rest)
        # FBX keeps matrices with the translation in the last row.
        self.binds[:, :3, :3] = np.swapaxes(quat.to_matrix(rotations), 1, 2)
        self.binds[:, 3, :3] = positions * _CM
        mesh, geometry = self._mesh()
        bones = self._bones()
        self._skin(geometry, bones)
        channels = {} if motion.face is None else self._shapes(geometry, figure.face)
        self._bind_pose(mesh, bones)
        self._take(bones, channels)

    def encode(self) -> bytes:
        header = Node("FBXHeaderExtension")
        header.add("FBXHeaderVersion", Int32(1003))
        header.add("FBXVersion", Int32(7400))
        header.add("EncryptionType", Int32(0))
        header.add("Creator", "Kinetix Bridge")
        takes = Node("Takes")
        takes.add("Current", self.motion.name)
        return encode(
            [
                header,
                Node("FileId", (_FILE_ID,)),
                Node("CreationTime", (_CREATED,)),
                Node("Creator", ("Kinetix Bridge",)),
                self._settings(),
                self._documents(),
                Node("References"),
                self._definitions(),
                self.objects,
                self.connections,
                takes,
            ]
        )

    def _object(self, kind: str, name: str, label: str, role: str, version: int = 0) -> tuple[int, Node]:
        number = next(self.ids)
        made = self.objects.add(kind, number, f"{name.replace(_NAME[0], ' ')}{_NAME}{label}", role)
        if version:
            made.add("Version", Int32(version))
        return number, made

    def _connect(self, child: int, parent: int, prop: str | None = None) -> None:
        self.connections.add("C", *(("OO", child, parent) if prop is None else ("OP", child, parent, prop)))

    def _settings(self) -> Node:
        settings = Node("GlobalSettings")
        settings.add("Version", Int32(1000))
        axes = {"UpAxis": 1, "FrontAxis": 2, "CoordAxis": 0, "OriginalUpAxis": 1}
        whole = {**axes, **{f"{axis}Sign": 1 for axis in axes}}
        settings.set(
            **{name: ("int", "Integer", "", Int32(value)) for name, value in whole.items()},
            UnitScaleFactor=("double", "Number", "", 1.0),
            OriginalUnitScaleFactor=("double", "Number", "", 1.0),
            TimeMode=("enum", "", "", Int32(_CUSTOM_RATE)),
            CustomFrameRate=("double", "Number", "", float(self.motion.fps)),
            TimeSpanStart=("KTime", "Time", "", 0),
            TimeSpanStop=("KTime", "Time", "", self.last),
        )
        return settings

    def _documents(self) -> Node:
        documents = Node("Documents")
        documents.add("Count", Int32(1))
        documents.add("Document", next(self.ids), "Scene", "Scene").add("RootNode", 0)
        return documents

    def _definitions(self) -> Node:
        counts = Counter(item.name for item in self.objects.children)
        counts["GlobalSettings"] = 1
        definitions = Node("Definitions")
        definitions.add("Version", Int32(100))
        definitions.add("Count", Int32(sum(counts.values())))
        for kind, number in counts.items():
            definitions.add("ObjectType", kind).add("Count", Int32(number))
        return definitions

    def _mesh(self) -> tuple[int, int]:
        vertices, faces = self.figure.vertices, self.figure.faces
        geometry, node = self._object("Geometry", self.name, "Geometry", "Mesh")
        node.add("Properties70")
        node.add("GeometryVersion", Int32(124))
        node.add("Vertices", (vertices * _CM).ravel())
        ends = faces.astype(np.int32)
        ends[:, 2] = ~ends[:, 2]  # marks the last corner of a polygon
        node.add("PolygonVertexIndex", ends.ravel())
        normals = node.add("LayerElementNormal", Int32(0))
        _layer(normals, "ByVertice", "Direct")
        normals.add("Normals", vertex_normals(vertices, faces).ravel())
        materials = node.add("LayerElementMaterial", Int32(0))
        _layer(materials, "AllSame", "IndexToDirect")
        materials.add("Materials", np.zeros(1, np.int32))
        layer = node.add("Layer", Int32(0))
        layer.add("Version", Int32(100))
        for kind in ("LayerElementNormal", "LayerElementMaterial"):
            element = layer.add("LayerElement")
            element.add("Type", kind)
            element.add("TypedIndex", Int32(0))
        mesh, model = self._object("Model", self.name, "Model", "Mesh", 232)
        model.add("Properties70")
        model.add("Shading", True)
        model.add("Culling", "CullingOff")
        material, item = self._object("Material", self.name, "Material", "", 102)
        item.add("ShadingModel", "phong")
        item.add("MultiLayer", Int32(0))
        item.set(DiffuseColor=("Color", "", "A", *_COLOUR))
        self._connect(mesh, 0)
        self._connect(geometry, mesh)
        self._connect(material, mesh)
        return mesh, geometry

    def _bones(self) -> list[int]:
        skeleton = self.rest
        angles = np.degrees(_euler(skeleton.rest_rotations[None]))[0]
        bones: list[int] = []
        for bone, name in enumerate(skeleton.names):
            attribute, item = self._object("NodeAttribute", name, "NodeAttribute", "LimbNode")
            item.add("TypeFlags", "Skeleton")
            item.set(Size=("double", "Number", "", 3.0))
            number, model = self._object("Model", name, "Model", "LimbNode", 232)
            model.set(
                RotationActive=("bool", "", "", Int32(1)),
                InheritType=("enum", "", "", Int32(1)),
                Lcl_Translation=("Lcl Translation", "", "A", *(skeleton.rest_translations[bone] * _CM).tolist()),
                Lcl_Rotation=("Lcl Rotation", "", "A", *angles[bone].tolist()),
            )
            model.add("Shading", True)
            model.add("Culling", "CullingOff")
            bones.append(number)
            self._connect(attribute, number)
            parent = int(skeleton.parents[bone])
            self._connect(number, bones[parent] if parent >= 0 else 0)
        return bones

    def _skin(self, geometry: int, bones: list[int]) -> None:
        figure = self.figure
        skin, item = self._object("Deformer", "Skin", "Deformer", "Skin", 101)
        item.add("Link_DeformAcuracy", 50.0)
        self._connect(skin, geometry)
        for bone, name in enumerate(figure.skeleton.names):
            cluster, item = self._object("Deformer", name, "SubDeformer", "Cluster", 100)
            item.add("UserData", "", "")
            rows, columns = np.nonzero((figure.skin_joints == bone) & (figure.skin_weights > 1e-4))
            if len(rows):
                item.add("Indexes", rows.astype(np.int32))
                item.add("Weights", figure.skin_weights[rows, columns].astype(np.float64))
            item.add("Transform", np.linalg.inv(self.binds[bone]).ravel())
            item.add("TransformLink", self.binds[bone].ravel())
            self._connect(cluster, skin)
            self._connect(bones[bone], cluster)

    def _shapes(self, geometry: int, face: FaceMoves) -> dict[str, int]:
        """Blend shapes of the mesh; the channel of each by the shape's name."""
        if not face:
            return {}
        deformer, item = self._object("Deformer", "Face", "Deformer", "BlendShape", 100)
        self._connect(deformer, geometry)
        channels: dict[str, int] = {}
        for name, own in face.items():
            channel, item = self._object("Deformer", name, "SubDeformer", "BlendShapeChannel", 100)
            item.set(DeformPercent=("Number", "", "A", 0.0))
            item.add("DeformPercent", 0.0)
            item.add("FullWeights", np.array([100.0]))
            self._connect(channel, deformer)
            own = own.with_a_vertex()
            shape, item = self._object("Geometry", name, "Geometry", "Shape", 100)
            item.add("Indexes", own.rows.astype(np.int32))
            item.add("Vertices", (own.moves * _CM).ravel())
            item.add(
                "Normals", np.zeros(3 * len(own.rows))
            )  # how they change is left to who reads it, as most programs do
            self._connect(shape, channel)
            channels[name] = channel
        return channels

    def _bind_pose(self, mesh: int, bones: list[int]) -> None:
        _, pose = self._object("Pose", "BindPose", "Pose", "BindPose")
        pose.add("Type", "BindPose")
        pose.add("Version", Int32(100))
        pose.add("NbPoseNodes", Int32(len(bones) + 1))
        for number, matrix in zip([mesh, *bones], [np.eye(4), *self.binds], strict=True):
            item = pose.add("PoseNode")
            item.add("Node", number)
            item.add("Matrix", matrix.ravel())

    def _take(self, bones: list[int], channels: dict[str, int]) -> None:
        motion = self.motion
        stack, item = self._object("AnimationStack", motion.name, "AnimStack", "")
        span = ("KTime", "Time", "", self.last)
        item.set(LocalStop=span, ReferenceStop=span)
        layer, _ = self._object("AnimationLayer", "BaseLayer", "AnimLayer", "")
        self._connect(layer, stack)
        times = np.round(np.arange(len(motion)) * (_SECOND / motion.fps)).astype(np.int64)
        angles = np.degrees(_euler(motion.rotations))
        for bone, number in enumerate(bones):
            self._curves(layer, number, "R", "Lcl Rotation", times, angles[:, bone])
        for bone, path in {0: motion.root_positions, **motion.translations}.items():
            self._curves(layer, bones[bone], "T", "Lcl Translation", times, path * _CM)
        if motion.face is not None:
            for name, channel in channels.items():
                percent = 100 * motion.face[:, FACE_SHAPES.index(name), None]
                self._curves(layer, channel, "DeformPercent", "DeformPercent", times, percent, ("DeformPercent",))

    def _curves(
        self,
        layer: int,
        moved: int,
        label: str,
        prop: str,
        times: NDArray[np.int64],
        values: Array,
        axes: Sequence[str] = "XYZ",
    ) -> None:
        """Keys of a property of the object `moved`: values (F, K), one curve for each of its K `axes`."""
        node, item = self._object("AnimationCurveNode", label, "AnimCurveNode", "")
        item.set(**{f"d|{axis}": ("Number", "", "A", float(values[0, k])) for k, axis in enumerate(axes)})
        self._connect(node, layer)
        self._connect(node, moved, prop)
        for k, axis in enumerate(axes):
            curve, item = self._object("AnimationCurve", "", "AnimCurve", "")
            item.add("Default", float(values[0, k]))
            item.add("KeyVer", Int32(4008))
            item.add("KeyTime", times)
            item.add("KeyValueFloat", values[:, k].astype(np.float32))
            item.add("KeyAttrFlags", np.array([_LINEAR], np.int32))
            item.add("KeyAttrDataFloat", np.zeros(4, np.float32))
            item.add("KeyAttrRefCount", np.array([len(times)], np.int32))
            self._connect(curve, node, f"d|{axis}")


def _apart(skeleton: Skeleton, moving: Iterable[int]) -> Skeleton:
    """The skeleton with the bones that have a path resting a hair's breadth beside the ends of their parents.

    Blender connects a bone that starts at its parent's tail, and a connected bone ignores translation. The keys are not moved.
    """
    places = skeleton.rest_translations.copy()
    for bone in moving:
        across = np.cross(places[bone], np.eye(3)[np.argmin(np.abs(places[bone]))])
        length = float(np.linalg.norm(across))
        places[bone] += _APART_M * (across / length if length > 1e-9 else np.eye(3)[0])
    return Skeleton(skeleton.names, skeleton.parents, skeleton.rest_rotations, places)


def _layer(node: Node, mapping: str, reference: str) -> None:
    node.add("Version", Int32(101))
    node.add("Name", "")
    node.add("MappingInformationType", mapping)
    node.add("ReferenceInformationType", reference)


def _euler(rotations: Array) -> Array:
    """(F, J, 4) → (F, J, 3) radians about x, then y, then z of the parent, without jumps from frame to frame."""
    m = quat.to_matrix(rotations)
    level = np.hypot(m[..., 0, 0], m[..., 1, 0])
    y = np.arctan2(-m[..., 2, 0], level)  # arcsin would lose half of the digits near a quarter turn
    locked = level < 1e-9
    x = np.where(locked, np.arctan2(-m[..., 1, 2], m[..., 1, 1]), np.arctan2(m[..., 2, 1], m[..., 2, 2]))
    z = np.where(locked, 0.0, np.arctan2(m[..., 1, 0], m[..., 0, 0]))
    angles = np.stack([x, y, z], -1)
    # The other triple of the same rotation is (x + π, π - y, z + π). Taking it twice changes nothing, so whether to change
    # over between two frames depends on these two only, and the choices add up.
    other = np.stack([x + np.pi, np.pi - y, z + np.pi], -1)

    def far(a: Array, b: Array) -> Array:
        out: Array = np.abs((a - b + np.pi) % (2 * np.pi) - np.pi).sum(-1)
        return out

    change = far(other[1:], angles[:-1]) < far(angles[1:], angles[:-1])
    taken = np.concatenate([np.zeros((1, *change.shape[1:]), np.int64), np.cumsum(change, 0) % 2])
    return np.unwrap(np.where(taken[..., None] == 1, other, angles), axis=0)
