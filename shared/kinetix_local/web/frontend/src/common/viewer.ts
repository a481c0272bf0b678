/** An emote playing in 3D. Lives in a chunk of its own with three.js; draws only when something changed. */
import {
  AmbientLight,
  type AnimationAction,
  AnimationMixer,
  Box3,
  Clock,
  Color,
  DirectionalLight,
  GridHelper,
  Mesh,
  type Object3D,
  PCFSoftShadowMap,
  PerspectiveCamera,
  PlaneGeometry,
  Scene,
  ShadowMaterial,
  SkinnedMesh,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

const ORBIT_STEP = Math.PI / 16;
const ZOOM_STEP = 1.1;

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
  readonly #camera = new PerspectiveCamera(35, 1, 0.05, 100);
  readonly #controls: OrbitControls;
  readonly #clock = new Clock();
  readonly #resize: ResizeObserver;
  #mixer: AnimationMixer | null = null;
  #action: AnimationAction | null = null;
  #model: Object3D | null = null;
  #hips: Object3D | null = null;
  #playing = false;
  #speed = 1;
  #frame = 0;
  readonly #seen = new Vector3();
  onTick: ((playback: Playback) => void) | null = null;

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
    this.#controls.maxDistance = 12;
    this.#controls.addEventListener("change", () => this.#ask());
    this.canvas.addEventListener("keydown", this.#onKey);
    this.#resize = new ResizeObserver(() => this.#fit(host));
    this.#resize.observe(host);
    this.#fit(host);
  }

  async load(url: string): Promise<void> {
    const file = await new GLTFLoader().loadAsync(url);
    this.#unload();
    this.#model = file.scene;
    file.scene.traverse((node) => {
      if (node instanceof SkinnedMesh || node instanceof Mesh) {
        node.castShadow = true;
        node.frustumCulled = false; // a skinned mesh moves away from the bounds of its rest pose
      }
      if (/hips|pelvis/i.test(node.name) && !this.#hips) this.#hips = node;
    });
    this.#scene.add(file.scene);
    const clip = file.animations[0];
    if (clip) {
      this.#mixer = new AnimationMixer(file.scene);
      this.#action = this.#mixer.clipAction(clip);
      this.#action.play();
      this.#mixer.update(0);
    }
    this.#frameModel();
    if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
    else this.#ask();
  }

  get playback(): Playback {
    return {
      time: this.#action?.time ?? 0,
      duration: this.#action?.getClip().duration ?? 0,
      playing: this.#playing,
      speed: this.#speed,
    };
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
    if (!this.#action || !this.#mixer) return;
    this.#action.time = Math.min(Math.max(time, 0), this.playback.duration);
    this.#mixer.update(0);
    this.#ask();
  }

  set speed(value: number) {
    this.#speed = value;
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#resize.disconnect();
    this.#controls.dispose();
    this.#unload();
    this.#renderer.dispose();
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

  #frameModel(): void {
    if (!this.#model) return;
    const box = new Box3().setFromObject(this.#model);
    const height = Math.max(box.max.y - box.min.y, 0.5);
    (this.#hips ?? this.#model).getWorldPosition(this.#seen);
    this.#controls.target.set(this.#seen.x, box.min.y + height * 0.52, this.#seen.z);
    this.#camera.position
      .copy(this.#controls.target)
      .add(new Vector3(0.55, 0.18, 1).normalize().multiplyScalar(height * 2.1));
    this.#controls.update();
  }

  /** The camera goes along with the hips over the floor, so that a walk stays in the picture. */
  #follow(): void {
    if (!this.#hips) return;
    const now = this.#hips.getWorldPosition(new Vector3());
    const step = now.clone().sub(this.#seen).setY(0);
    this.#seen.copy(now);
    this.#camera.position.add(step);
    this.#controls.target.add(step);
  }

  #fit(host: HTMLElement): void {
    const { clientWidth: width, clientHeight: height } = host;
    if (!width || !height) return;
    this.#renderer.setSize(width, height);
    this.#camera.aspect = width / height;
    this.#camera.updateProjectionMatrix();
    this.#ask();
  }

  #ask(): void {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    if (this.#playing) this.#mixer?.update(this.#clock.getDelta() * this.#speed);
    this.#follow();
    this.#controls.update();
    this.#renderer.render(this.#scene, this.#camera);
    this.onTick?.(this.playback);
    if (this.#playing && !document.hidden) this.#ask();
    else if (this.#playing) document.addEventListener("visibilitychange", () => this.play(), { once: true });
  }

  #unload(): void {
    this.#mixer?.stopAllAction();
    if (this.#model) {
      this.#scene.remove(this.#model);
      this.#model.traverse((node) => {
        if (!(node instanceof Mesh)) return;
        node.geometry.dispose();
        for (const material of [node.material].flat()) material.dispose();
      });
    }
    this.#mixer = this.#action = this.#model = this.#hips = null;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
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
