// Numbers as people read them.

const UNITS = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];

/** A time in seconds. */
export function time(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds === 0) return "0";
  if (seconds >= 5400) return `${three(seconds / 3600)} h`;
  if (seconds >= 90) return `${three(seconds / 60)} min`;
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? UNITS[UNITS.length - 1];
  return `${three(seconds / size)} ${unit}`;
}

/** About three digits. */
function three(number) {
  return number >= 100 ? number.toFixed(0) : number >= 10 ? trim(number.toFixed(1)) : trim(number.toFixed(2));
}

const trim = (text) => text.replace(/\.?0+$/, "");

/** A count, or a rate. */
export function count(number) {
  if (number >= 1e6) return `${three(number / 1e6)} M`;
  if (number >= 1e4) return `${three(number / 1e3)} k`;
  return Number.isInteger(number) ? number.toLocaleString("en") : three(number);
}

export function bytes(number) {
  return number >= 1024 ? `${three(number / 1024)} KiB` : `${number} B`;
}

export const jobs = (number) => (number === 1 ? "1 job" : `${count(number)} jobs`);
