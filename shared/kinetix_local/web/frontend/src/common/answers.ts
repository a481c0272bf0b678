// Written by packaging/generated/web_types.py.

export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  action: string;
  about: string;
  role: "artist" | "lead" | null;
  world: string;
}

export interface AuditPage {
  entries: AuditEntry[];
  actors: string[];
  more: boolean;
}

export interface PictureJson {
  camera: number;
  startS: number | null;
  width: number;
  height: number;
  joints: Partial<Record<"leftShoulder" | "rightShoulder" | "leftElbow" | "rightElbow" | "leftWrist" | "rightWrist" | "leftHip" | "rightHip" | "leftKnee" | "rightKnee" | "leftAnkle" | "rightAnkle", [number, number][]>>;
  head: [number, number][];
  towards: Partial<Record<"leftUpperArm" | "rightUpperArm" | "leftForearm" | "rightForearm" | "leftThigh" | "rightThigh" | "leftShin" | "rightShin", boolean[]>>;
  cameraMoved: boolean;
}

export interface FigureJson extends PictureJson {
  frames: number;
  stands: Partial<Record<"left" | "right", [number, number][]>> | null;
  handsStand: Partial<Record<"left" | "right", [number, number][]>> | null;
  further: PictureJson[];
}

export interface FileLink {
  name: string;
  extension: string;
  url: string;
}

export interface FilmedClip {
  url: string;
  start: number;
  further: string[];
}

export interface GroupPlace {
  id: string;
  person: number;
  of: number;
  x: number;
  z: number;
  yawDegrees: number;
  startS: number;
}

export interface EmoteRow {
  entry: number;
  uuid: string;
  name: string;
  user: string;
  world: string;
  createdAt: string;
  duration: number | null;
  mature: boolean;
  tags: string[];
  thumbnail: string | null;
  files: FileLink[];
  clip: FilmedClip | null;
  group: GroupPlace | null;
  correctable: boolean;
}

export interface BinRow {
  entry: number;
  name: string;
  user: string;
  world: string;
  deletedAt: string;
}

export interface UserRow {
  id: string;
  world: string;
  createdAt: string;
  emotes: number;
}

export interface SentenceParts {
  text: string;
  values: Partial<Record<string, string>>;
}

export interface ProcessRow {
  uuid: string;
  name: string;
  user: string;
  world: string;
  status: string;
  step: string;
  progression: number;
  createdAt: string;
  message: string;
  wording: SentenceParts | null;
  waitsForDecision: boolean;
}

export interface Usage {
  users: number;
  uge: number;
  calls: number;
}

export interface Limits {
  users: number | null;
  uge: number | null;
  calls: number | null;
}

export interface ClipLength {
  minSeconds: number;
  maxSeconds: number;
  shortest: number;
  longest: number;
}

export interface WorldKey {
  uuid: string;
  name: string;
  hint: string;
  canRead: boolean;
  canWrite: boolean;
  role: "artist" | "lead" | null;
  expiresAt: string | null;
}

export interface WorldRow {
  uuid: string;
  name: string;
  plan: string;
  usage: Usage;
  limits: Limits;
  clipLength: ClipLength | null;
  keys: WorldKey[];
}

export interface Attempt {
  status: number | null;
  error: string;
}

export interface Delivery {
  process: string;
  status: string;
  state: string;
  url: string;
  createdAt: string;
  attempts: Attempt[];
}

export interface Overview {
  emotes: EmoteRow[];
  bin: BinRow[];
  users: UserRow[];
  processes: ProcessRow[];
  worlds: WorldRow[];
  deliveries: Delivery[];
}
