// Lines over the last minutes, and bars of a histogram.

import { draw, make, say } from "./dom.js";
import * as format from "./format.js";

const WIDTH = 380;
const HEIGHT = 150;
const LEFT = 52;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 20;

/** The shortest and the longest time that is shown, in seconds. */
const LEAST_SPAN = 30;
const MOST_SPAN = 300;

/** A chart in `place`, of `series`: each has a name, a class, and what it takes of a moment (`null` for nothing). */
export function chart(place, series, { isTime }) {
  const legend = make("p", "legend");
  const values = series.map(({ name, style }) => {
    const value = make("span", "");
    legend.append(make("span", "", make("i", style), `${name} `, value));
    return value;
  });
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  place.replaceChildren(legend, svg);
  const say_value = isTime ? format.time : format.count;
  let shown = { moments: [], x: () => 0 };
  let pointed = null;

  const tell = () => {
    const moment = pointed ?? shown.moments.at(-1);
    series.forEach(({ take }, index) => {
      const value = moment ? take(moment) : null;
      say(values[index], value === null ? "–" : say_value(value));
    });
    svg.querySelector(".cursor")?.remove();
    if (pointed) {
      const x = shown.x(pointed);
      svg.append(draw("line", { class: "cursor", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }));
    }
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH;
    const far = (moment) => Math.abs(shown.x(moment) - at);
    pointed = shown.moments.reduce((best, it) => (best && far(best) <= far(it) ? best : it), null);
    tell();
  });
  svg.addEventListener("pointerleave", () => {
    pointed = null;
    tell();
  });

  return (moments) => {
    const end = moments.at(-1)?.at ?? 0;
    const seen = moments.filter(({ at }) => end - at <= MOST_SPAN);
    const span = Math.max(LEAST_SPAN, end - (seen[0]?.at ?? end));
    const x = ({ at }) => WIDTH - RIGHT - ((end - at) / span) * (WIDTH - LEFT - RIGHT);
    const all = series.flatMap(({ take }) => seen.map(take)).filter((value) => value !== null);
    const axis = isTime ? decades(all) : linear(all);
    const y = (value) => HEIGHT - BOTTOM - axis.part(value) * (HEIGHT - TOP - BOTTOM);
    if (!seen.includes(pointed)) pointed = null;
    shown = { moments: seen, x };
    svg.replaceChildren(
      ...axis.ticks.flatMap((tick) => [
        draw("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) }),
        draw("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, say_value(tick)),
      ]),
      draw("text", { x: LEFT, y: HEIGHT - 4 }, `${format.time(span)} ago`),
      draw("text", { x: WIDTH - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, "now"),
      ...series.flatMap((one) => lines(seen, one, x, y)),
    );
    tell();
    svg.setAttribute("aria-label", `The last ${format.time(span)}. Now: ${legend.textContent}`);
  };
}

/** A line for each stretch without a gap; a dot where there is one moment alone. */
function lines(moments, { take, style }, x, y) {
  const stretches = [[]];
  for (const moment of moments) {
    const value = take(moment);
    if (value === null) stretches.push([]);
    else stretches.at(-1).push([x(moment).toFixed(1), y(value).toFixed(1)]);
  }
  return stretches.filter(({ length }) => length > 0).map((points) =>
    points.length === 1
      ? draw("circle", { class: style, cx: points[0][0], cy: points[0][1], r: 2 })
      : draw("polyline", { class: style, points: points.map((point) => point.join()).join(" ") }));
}

/** From 0 to a round number. */
function linear(values) {
  const most = Math.max(1, ...values);
  const step = [1, 2, 5, 10].map((part) => part * 10 ** Math.floor(Math.log10(most / 2))).find((it) => it * 4 >= most);
  const top = Math.ceil(most / step) * step;
  const ticks = [];
  for (let tick = 0; tick <= top + step / 2; tick += step) ticks.push(tick);
  return { part: (value) => value / top, ticks };
}

/** From one power of ten to another. */
function decades(values) {
  const sensible = values.map((value) => Math.max(value, 1e-9));
  const low = Math.floor(Math.log10(Math.min(1e-4, ...sensible)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1e-3, ...sensible))));
  const skip = Math.ceil((high - low) / 5);
  const ticks = [];
  for (let power = low; power <= high; power += skip) ticks.push(Number(`1e${power}`));
  return { part: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low), ticks };
}

/** Bars of the buckets that hold anything, and those between them. */
export function histogram(place, times, bounds) {
  const first = times.buckets.findIndex((count) => count > 0);
  if (first < 0) {
    place.replaceChildren(make("p", "none", "nothing was measured"));
    return;
  }
  const last = times.buckets.findLastIndex((count) => count > 0);
  const most = Math.max(...times.buckets);
  const shown = times.buckets.slice(first, last + 1);
  const [row, left, room] = [17, 64, 190];
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${shown.length * row + 4}`, role: "img" });
  shown.forEach((count, index) => {
    const bound = bounds[first + index];
    const name = bound === undefined ? `> ${format.time(bounds.at(-1))}` : `≤ ${format.time(bound)}`;
    // What there is one of must be seen beside a million.
    const width = count === 0 ? 0 : Math.max(2, (count / most) * room);
    const y = index * row;
    svg.append(
      draw("text", { x: left - 6, y: y + 13, "text-anchor": "end" }, name),
      draw("rect", { class: "bucket", x: left, y: y + 4, width, height: row - 6, rx: 2 }),
      draw("text", { x: left + width + 6, y: y + 13 }, format.count(count)),
    );
  });
  const said = [["mean", times.mean], ["p50", times.p50], ["p99", times.p99], ["max", times.max]];
  const text = said.map(([name, value]) => `${name} ${format.time(value)}`).join(" · ");
  svg.setAttribute("aria-label", text);
  place.replaceChildren(svg, make("p", "legend", text));
}
