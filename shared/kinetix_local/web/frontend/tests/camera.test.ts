import { describe, expect, it, vi } from "vitest";
import { camera } from "../src/upload/screens";
import { type CameraPhase, INITIAL, type State } from "../src/upload/state";
import type { Actions } from "../src/upload/view";

const at = (phase: CameraPhase): State => ({ ...INITIAL, screen: "camera", camera: phase, note: phase });

function opened(phase: CameraPhase) {
  const pressed = { startRecording: vi.fn(), stopRecording: vi.fn() };
  const view = camera(at(phase), pressed as unknown as Actions, {} as MediaStream);
  document.body.replaceChildren(...view.elements);
  const button = document.querySelector<HTMLButtonElement>("button.record") as HTMLButtonElement;
  return { view, button, pressed };
}

describe("the camera's one button", () => {
  it("starts, waits out the countdown, and stops", () => {
    const { view, button, pressed } = opened("ready");
    button.click();
    expect(pressed.startRecording).toHaveBeenCalledOnce();

    view.update?.(at("countdown"));
    button.click();
    expect(button.disabled).toBe(true);
    expect(pressed.startRecording).toHaveBeenCalledOnce();

    view.update?.(at("recording"));
    expect(document.querySelector("button.record")).toBe(button);
    expect(document.activeElement).toBe(button);
    button.click();
    expect(pressed.stopRecording).toHaveBeenCalledOnce();
    expect(pressed.startRecording).toHaveBeenCalledOnce();
  });

  it("is right from the start when the screen is built anew, as another language does", () => {
    const counting = opened("countdown");
    expect(counting.button.disabled).toBe(true);

    const recording = opened("recording");
    recording.button.click();
    expect(recording.pressed.stopRecording).toHaveBeenCalledOnce();
    expect(recording.pressed.startRecording).not.toHaveBeenCalled();
  });
});
