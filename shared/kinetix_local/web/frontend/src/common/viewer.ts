/** 3D player of an emote, in a chunk with three.js. */
import {
  AmbientLight,
  type AnimationAction,
  AnimationMixer,
  Box3,
  Clock,
  Color,
  DirectionalLight,
  GridHelper,
  LoopOnce,
  MathUtils,
  Mesh,
  type Object3D,
  PCFSoftShadowMap,
  PerspectiveCamera,
  PlaneGeometry,
  Quaternion,
  Scene,
  ShadowMaterial,
  SkinnedMesh,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import type { GroupPlace } from "./answers";
import { type ClipCamera, posesAt } from "./clip_camera";

const ORBIT_STEP = Math.PI / 16;
const ZOOM_STEP = 1.1;
const FREE_FOV = 35;
const FARTHEST = 12;

/** A GLB, and its place among figures that were filmed together. */
export type Figure = { url: string } & Partial<GroupPlace>;

interface Part {
  mixer: AnimationMixer;
  action: AnimationAction;
  start: number;
}

export interface Playback {
  time: number;
  duration: number;
  playing: boolean;
  speed: number;
}

export class Viewer {
  readonly canvas: HTMLCanvasElement;
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(FREE_FOV, 1, 0.05, 100);
  readonly #controls: OrbitControls;
  readonly #clock = new Clock();
  readonly #resize: ResizeObserver;
  readonly #models: Object3D[] = [];
  readonly #parts: Part[] = [];
  #hips: Object3D | null = null;
  #time = 0;
  #playing = false;
  speed = 1;
  #frame = 0;
  readonly #seen = new Vector3();
  #clip: ClipCamera | null = null;
  #throughClip = false;
  onTick: ((playback: Playback) => void) | null = null;
  /** Called when the view from the clip's camera begins or ends. */
  onView: ((throughClip: boolean) => void) | null = null;

  constructor(host: HTMLElement, label: string) {
    this.#renderer = new WebGLRenderer({ antialias: true, alpha: true, preserveDrawingBuffer: true });
    this.#renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    this.#renderer.shadowMap.enabled = true;
    this.#renderer.shadowMap.type = PCFSoftShadowMap;
    this.canvas = this.#renderer.domElement;
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    host.append(this.canvas);
    this.#furnish();
    this.#controls = new OrbitControls(this.#camera, this.canvas);
    this.#controls.enablePan = false;
    this.#controls.minDistance = 1;
    this.#controls.maxDistance = FARTHEST;
    this.#controls.addEventListener("change", () => this.#ask());
    this.#controls.addEventListener("start", () => this.#leaveClip());
    this.canvas.addEventListener("keydown", this.#onKey);
    this.#resize = new ResizeObserver(() => this.#fit(host));
    this.#resize.observe(host);
    this.#fit(host);
  }

  /** Show the emote from its clip's camera until the view is turned. */
  viewFromClip(camera: ClipCamera): void {
    this.#clip = camera;
    this.#throughClip = true;
    this.onView?.(true);
    this.#project();
    this.#ask();
  }

  async load(figures: Figure[]): Promise<void> {
    const files = await Promise.all(figures.map((figure) => new GLTFLoader().loadAsync(figure.url)));
    for (const [index, file] of files.entries()) {
      const { x = 0, z = 0, yawDegrees = 0, startS = 0 } = figures[index] as Figure;
      const model = file.scene;
      model.position.set(x, 0, z);
      model.rotation.y = MathUtils.degToRad(yawDegrees);
      model.traverse((node) => {
        if (node instanceof SkinnedMesh || node instanceof Mesh) {
          node.castShadow = true;
          node.frustumCulled = false; // a skinned mesh moves away from the bounds of its rest pose
        }
        if (/hips|pelvis/i.test(node.name) && !this.#hips) this.#hips = node;
      });
      this.#scene.add(model);
      this.#models.push(model);
      const clip = file.animations[0];
      if (!clip) continue;
      const mixer = new AnimationMixer(model);
      const action = mixer.clipAction(clip);
      action.clampWhenFinished = true;
      action.setLoop(LoopOnce, 1);
      action.play();
      this.#parts.push({ mixer, action, start: startS });
    }
    if (this.#models.length > 1) this.#hips = null; // the camera goes along with one figure, and stays for several
    this.#pose();
    this.#frameModels();
    if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
    else this.#ask();
  }

  get playback(): Playback {
    return { time: this.#time, duration: this.#duration, playing: this.#playing, speed: this.speed };
  }

  play(): void {
    this.#playing = true;
    this.#clock.getDelta();
    this.#ask();
  }

  pause(): void {
    this.#playing = false;
    this.#ask();
  }

  seek(time: number): void {
    this.#time = Math.min(Math.max(time, 0), this.#duration);
    this.#pose();
    this.#ask();
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#resize.disconnect();
    this.#controls.dispose();
    this.#renderer.dispose();
    this.#renderer.forceContextLoss(); // frees geometries and textures
    this.canvas.remove();
  }

  #furnish(): void {
    this.#scene.add(new AmbientLight(new Color("#b9c2ff"), 1.4));
    const sun = new DirectionalLight(new Color("#fff4e5"), 2.6);
    sun.position.set(2.5, 5, 3);
    sun.castShadow = true;
    sun.shadow.mapSize.set(1024, 1024);
    sun.shadow.camera.left = sun.shadow.camera.bottom = -3;
    sun.shadow.camera.right = sun.shadow.camera.top = 3;
    this.#scene.add(sun, sun.target);
    const floor = new Mesh(new PlaneGeometry(40, 40), new ShadowMaterial({ opacity: 0.35 }));
    floor.rotation.x = -Math.PI / 2;
    floor.receiveShadow = true;
    const grid = new GridHelper(20, 40, new Color("#8d93b5"), new Color("#5b6080"));
    grid.material.transparent = true;
    grid.material.opacity = 0.35;
    this.#scene.add(floor, grid);
  }

  get #duration(): number {
    return Math.max(0, ...this.#parts.map(({ action, start }) => start + action.getClip().duration));
  }

  /** A figure holds its first pose before its start and its last one after its end. */
  #pose(): void {
    for (const { mixer, action, start } of this.#parts) {
      action.reset();
      action.time = Math.min(Math.max(this.#time - start, 0), action.getClip().duration);
      mixer.update(0);
    }
  }

  #frameModels(): void {
    const box = new Box3();
    for (const model of this.#models) box.expandByObject(model);
    if (box.isEmpty()) return;
    const height = Math.max(box.max.y - box.min.y, 0.5);
    if (this.#hips) this.#hips.getWorldPosition(this.#seen);
    else box.getCenter(this.#seen);
    const far = Math.max(height, (box.max.x - box.min.x) / Math.max(this.#camera.aspect, 0.5)) * 2.1;
    this.#controls.target.set(this.#seen.x, box.min.y + height * 0.52, this.#seen.z);
    this.#camera.position
      .copy(this.#controls.target)
      .add(new Vector3(0.55, 0.18, 1).normalize().multiplyScalar(this.#models.length > 1 ? far : height * 2.1));
    this.#controls.update();
  }

  /** Follow the hips over the floor. */
  #follow(): void {
    if (!this.#hips) return;
    const now = this.#hips.getWorldPosition(new Vector3());
    const step = now.clone().sub(this.#seen).setY(0);
    this.#seen.copy(now);
    this.#camera.position.add(step);
    this.#controls.target.add(step);
  }

  /** Turn the camera by hand, about a point at the hips' depth. */
  #leaveClip(): void {
    if (!this.#throughClip) return;
    this.#throughClip = false;
    this.#hips?.getWorldPosition(this.#seen);
    const ahead = this.#camera.getWorldDirection(new Vector3());
    const away = Math.max(this.#seen.clone().sub(this.#camera.position).dot(ahead), this.#controls.minDistance);
    this.#controls.maxDistance = Math.max(FARTHEST, away);
    this.#controls.target.copy(this.#camera.position).addScaledVector(ahead, away);
    this.onView?.(false);
  }

  #placeAsClip(camera: ClipCamera): void {
    const [first, second, share] = posesAt(camera, this.#time);
    this.#camera.position.fromArray(first).lerp(new Vector3().fromArray(second), share);
    this.#camera.quaternion.fromArray(first, 3).slerp(new Quaternion().fromArray(second, 3), share);
  }

  #fit(host: HTMLElement): void {
    const { clientWidth: width, clientHeight: height } = host;
    if (!width || !height) return;
    this.#renderer.setSize(width, height);
    this.#camera.aspect = width / height;
    this.#project();
    this.#ask();
  }

  #project(): void {
    const { aspect } = this.#camera;
    const clip = this.#clip;
    this.#camera.fov = clip
      ? MathUtils.radToDeg(2 * Math.atan(Math.max(1, clip.aspect / aspect) / (2 * clip.focal)))
      : FREE_FOV;
    this.#camera.updateProjectionMatrix();
  }

  #ask(): void {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    if (this.#playing && this.#duration) {
      this.#time = (this.#time + this.#clock.getDelta() * this.speed) % this.#duration;
      this.#pose();
    }
    if (this.#throughClip && this.#clip) {
      this.#placeAsClip(this.#clip);
    } else {
      this.#follow();
      this.#controls.update();
    }
    this.#renderer.render(this.#scene, this.#camera);
    this.onTick?.(this.playback);
    if (this.#playing && !document.hidden) this.#ask();
    else if (this.#playing) document.addEventListener("visibilitychange", () => this.play(), { once: true });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (/^(Arrow(Left|Right)|Page(Up|Down))$/.test(event.key)) this.#leaveClip();
    const offset = this.#camera.position.clone().sub(this.#controls.target);
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      offset.applyAxisAngle(new Vector3(0, 1, 0), event.key === "ArrowLeft" ? -ORBIT_STEP : ORBIT_STEP);
    } else if (event.key === "PageUp" || event.key === "PageDown") {
      offset.multiplyScalar(event.key === "PageUp" ? 1 / ZOOM_STEP : ZOOM_STEP);
    } else if (event.key === " ") {
      if (this.#playing) this.pause();
      else this.play();
    } else {
      return;
    }
    event.preventDefault();
    this.#camera.position.copy(this.#controls.target).add(offset);
    this.#controls.update();
    this.#ask();
  };
}
