/** Stills of an emote with an arm on either side. Lives in the chunk with three.js. */
import {
  AmbientLight,
  type AnimationClip,
  AnimationMixer,
  Box3,
  DirectionalLight,
  type Object3D,
  PerspectiveCamera,
  Quaternion,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

export type Direction = [number, number, number];

/** A bone, by the ends of its name and its child's, and two directions that it may have. */
export interface ArmBone {
  bone: string;
  child: string;
  towards: Direction;
  away: Direction;
}

/** Radians from the clip's camera to the stills' camera about up: from the side both directions look different. */
const ASIDE = 1.1;
const FOV = 30;
const LOWEST_SHARE = 0.42;

/** Draw the emote at this second, with the bone in each direction, onto the canvases. */
export async function drawArmStills(
  url: string,
  seconds: number,
  arm: ArmBone,
  canvases: { towards: HTMLCanvasElement; away: HTMLCanvasElement },
): Promise<void> {
  const { scene: model, animations } = await new GLTFLoader().loadAsync(url);
  const renderer = new WebGLRenderer({ antialias: true, alpha: true, preserveDrawingBuffer: true });
  try {
    pose(model, animations[0], seconds);
    const scene = new Scene();
    const sun = new DirectionalLight("#fff4e5", 2.6);
    sun.position.set(2.5, 5, 3);
    scene.add(model, sun, new AmbientLight("#b9c2ff", 1.4));
    for (const side of ["towards", "away"] as const) {
      const canvas = canvases[side];
      direct(model, arm, arm[side]);
      renderer.setSize(canvas.width, canvas.height, false);
      renderer.render(scene, cameraBeside(model, arm, canvas.width / canvas.height));
      const context = canvas.getContext("2d");
      context?.clearRect(0, 0, canvas.width, canvas.height);
      context?.drawImage(renderer.domElement, 0, 0);
    }
  } finally {
    renderer.dispose();
    renderer.forceContextLoss();
  }
}

function pose(model: Object3D, clip: AnimationClip | undefined, seconds: number): void {
  if (clip) {
    const mixer = new AnimationMixer(model);
    const action = mixer.clipAction(clip).play();
    action.time = Math.min(Math.max(seconds, 0), clip.duration);
    mixer.update(0);
  }
  model.traverse((node) => {
    node.frustumCulled = false;
  });
  model.updateMatrixWorld(true);
}

function named(model: Object3D, end: string): Object3D {
  let found: Object3D | undefined;
  model.traverse((node) => {
    if (node.name.endsWith(end)) found ??= node;
  });
  if (!found) throw new Error(`no bone ${end}`);
  return found;
}

/** Turn the bone; its child keeps its own direction. */
function direct(model: Object3D, arm: ArmBone, wanted: Direction): void {
  const bone = named(model, arm.bone);
  const child = named(bone, arm.child);
  const kept = child.getWorldQuaternion(new Quaternion());
  const now = child.getWorldPosition(new Vector3()).sub(bone.getWorldPosition(new Vector3())).normalize();
  const turn = new Quaternion().setFromUnitVectors(now, new Vector3(...wanted).normalize());
  turnInWorld(bone, turn.multiply(bone.getWorldQuaternion(new Quaternion())));
  turnInWorld(child, kept);
}

function turnInWorld(node: Object3D, wanted: Quaternion): void {
  const parent = node.parent?.getWorldQuaternion(new Quaternion()) ?? new Quaternion();
  node.quaternion.copy(parent.invert().multiply(wanted));
  node.updateMatrixWorld(true);
}

/** The upper body, seen from the arm's side and a little from above. */
function cameraBeside(model: Object3D, arm: ArmBone, aspect: number): PerspectiveCamera {
  const box = new Box3().setFromObject(model);
  const hips = named(model, "Hips").getWorldPosition(new Vector3());
  const height = Math.max(box.max.y - box.min.y, 0.5);
  const target = new Vector3(hips.x, box.min.y + height * (1 + LOWEST_SHARE) * 0.5, hips.z);
  const ahead = new Vector3(...arm.towards)
    .sub(new Vector3(...arm.away))
    .setY(0)
    .normalize();
  const across = named(model, arm.bone).getWorldPosition(new Vector3()).sub(hips);
  const left = ahead.clone().cross(across).y > 0;
  const camera = new PerspectiveCamera(FOV, aspect, 0.05, 50);
  const away = (height * (1 - LOWEST_SHARE) * 1.35) / (2 * Math.tan((FOV * Math.PI) / 360));
  camera.position
    .copy(ahead.applyAxisAngle(new Vector3(0, 1, 0), left ? ASIDE : -ASIDE).setY(0.2))
    .multiplyScalar(away)
    .add(target);
  camera.lookAt(target);
  return camera;
}
