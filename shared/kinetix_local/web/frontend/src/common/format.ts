/** Numbers for people and for the API. */
import { decimal } from "./i18n";

export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let index = 0;
  while (count >= 1000 && index < units.length - 1) {
    count /= 1000;
    index += 1;
  }
  return `${count < 10 && index ? decimal(count, 1) : Math.round(count)} ${units[index]}`;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** 4:05 */
export function clock(seconds: number): string {
  const total = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(total / 60)}:${String(total % 60).padStart(2, "0")}`;
}

/** 3.2 s, never broken before the unit. */
export function secondsText(value: number): string {
  return `${decimal(value, 1)}\u00a0s`;
}

/** The API's HH:mm:ss.SSS, rounded once, so that 2.9996 becomes 3.000 and no second is lost. */
export function apiTime(seconds: number): string {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const pad = (value: number, width = 2): string => String(value).padStart(width, "0");
  const parts = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map((part) => pad(Math.floor(part)));
  return `${parts.join(":")}.${pad(ms % 1000, 3)}`;
}
