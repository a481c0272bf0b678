import { afterEach, describe, expect, it, vi } from "vitest";
import { Recording } from "../../src/upload/camera";
import { camera } from "../../src/upload/screens";
import { type CameraPhase, INITIAL, type State } from "../../src/upload/state";
import type { Upload } from "../../src/upload/upload";

const at = (phase: CameraPhase): State => ({ ...INITIAL, screen: "camera", camera: phase, note: phase });

function opened(phase: CameraPhase) {
  const pressed = { countDownAndRecord: vi.fn(), stopRecording: vi.fn() };
  const view = camera(at(phase), { filming: pressed } as unknown as Upload);
  document.body.replaceChildren(...view.elements);
  view.update?.(at(phase));
  const button = document.querySelector<HTMLButtonElement>("button.record") as HTMLButtonElement;
  return { view, button, pressed };
}

describe("the camera's one button", () => {
  it("starts, waits out the countdown, and stops", () => {
    const { view, button, pressed } = opened("ready");
    button.click();
    expect(pressed.countDownAndRecord).toHaveBeenCalledOnce();

    view.update?.(at("countdown"));
    button.click();
    expect(button.disabled).toBe(true);
    expect(pressed.countDownAndRecord).toHaveBeenCalledOnce();

    view.update?.(at("recording"));
    expect(document.querySelector("button.record")).toBe(button);
    expect(document.activeElement).toBe(button);
    button.click();
    expect(pressed.stopRecording).toHaveBeenCalledOnce();
    expect(pressed.countDownAndRecord).toHaveBeenCalledOnce();
  });

  it("is right from the start when the screen is built anew, as another language does", () => {
    const counting = opened("countdown");
    expect(counting.button.disabled).toBe(true);

    const recording = opened("recording");
    recording.button.click();
    expect(recording.pressed.stopRecording).toHaveBeenCalledOnce();
    expect(recording.pressed.countDownAndRecord).not.toHaveBeenCalled();
  });
});

describe("the time of a recording", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("counts from the recorder's start, also where the first piece comes late", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    class Recorder extends EventTarget {
      static isTypeSupported = (): boolean => false;
      start(): void {}
    }
    let recorder = new Recorder();
    vi.stubGlobal("MediaRecorder", function made() {
      recorder = new Recorder();
      return recorder;
    });
    Object.assign(MediaRecorder, { isTypeSupported: () => false });
    const hands = (text: string): void => {
      recorder.dispatchEvent(Object.assign(new Event("dataavailable"), { data: new Blob([text]) }));
    };
    const recording = new Recording({} as MediaStream);
    vi.advanceTimersByTime(1500);
    expect(recording.seconds).toBe(0);
    recorder.dispatchEvent(new Event("start"));
    vi.advanceTimersByTime(3000);
    hands("");
    hands("pictures");
    vi.advanceTimersByTime(750);
    expect(recording.seconds).toBe(3.75);
  });
});
