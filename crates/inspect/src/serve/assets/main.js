// Asks for the document each second, keeps what the charts need, and shows it.

import { chart } from "./chart.js";
import { find, make, say, sync } from "./dom.js";
import * as format from "./format.js";
import { show, showGroups } from "./panels.js";

const EACH = 1000;
/** The walk through the stacks costs more than the rest, so each fifth document has the groups. */
const GROUPS_EACH = 5;
const PATIENCE = 8000;
/** So many moments are kept. */
const MOST_MOMENTS = 310;

const rate = (take) => ({ recent }) => (recent ? take(recent) / recent.seconds : null);
const percentile = (times, which) => ({ recent }) => (recent?.[times].count > 0 ? recent[times][which] : null);
const times = (name) => [
  { name: "p50", style: "first", take: percentile(name, "p50") },
  { name: "p99", style: "second", take: percentile(name, "p99") },
];

const charts = [
  chart(find("throughput"), [
    { name: "submitted", style: "second", take: rate((it) => it.submitted) },
    { name: "ended", style: "first", take: rate((it) => it.ended) },
    { name: "not well", style: "third", take: rate((it) => it.unsuccessful) },
  ], { isTime: false }),
  chart(find("queue-wait"), times("queue_wait"), { isTime: true }),
  chart(find("run-time"), times("run"), { isTime: true }),
];

const state = {
  page: null,
  /** By executor: what the charts show. */
  moments: [],
  /** By executor: the groups, which come seldom. */
  threads: [],
  chosen: Number(location.hash.slice(1)) || 0,
  asked: 0,
  isPaused: false,
};

async function follow() {
  for (;;) {
    const start = performance.now();
    if (!state.isPaused && document.visibilityState === "visible") await ask();
    // A server that took long has work to do.
    const took = performance.now() - start;
    await new Promise((next) => setTimeout(next, Math.max(EACH - took, took, 50)));
  }
}

async function ask() {
  const groups = state.asked % GROUPS_EACH === 0 ? 1 : 0;
  try {
    const answer = await fetch(`/json/page?groups=${groups}`, { signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    take(await answer.json());
    // After a failure the groups are asked for again.
    state.asked += 1;
  } catch (error) {
    tell(error);
  }
}

function take(page) {
  state.page = page;
  page.executors.forEach((executor, index) => {
    if (executor.threads) state.threads[index] = executor.threads;
    executor.threads ??= state.threads[index];
    const moments = (state.moments[index] ??= []);
    moments.push({ at: performance.now() / 1000, recent: executor.recent });
    if (moments.length > MOST_MOMENTS) moments.shift();
  });
  state.answeredAt = performance.now();
  present();
  tell(null);
}

/** How things stand with the server. */
function tell(error) {
  const lost = error !== null;
  find("state").className = lost ? "lost" : "";
  const ago = format.time((performance.now() - (state.answeredAt ?? 0)) / 1000);
  const since = state.answeredAt === undefined ? "" : `, the last answer ${ago} ago`;
  say(find("state"), lost ? `no answer${since}` : state.isPaused ? "paused" : `process ${state.page.pid}`);
}

function present() {
  const { page } = state;
  if (page === null) return;
  state.chosen = Math.max(0, Math.min(state.chosen, page.executors.length - 1));
  document.title = `${page.program} – inspect`;
  say(find("program"), page.program);
  tabs(page.executors);
  const executor = page.executors[state.chosen];
  if (!executor) return;
  show(page, executor);
  charts.forEach((draw) => draw(state.moments[state.chosen] ?? []));
  showGroups(executor, find("search").value);
  find("trace").classList.toggle("busy", page.is_recording);
  say(find("trace"), page.is_recording ? "Recording …" : "Trace 5 s");
  find("trace").href = `/trace?seconds=5&executor=${state.chosen}`;
}

function tabs(executors) {
  const create = () => make("button");
  const named = executors.map(({ name }, index) => ({ name, index }));
  sync(find("executors"), named, ({ index }) => index, create, (button, { name, index }) => {
    button.type = "button";
    say(button, name);
    button.onclick = () => choose(index);
    if (index === state.chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
}

function choose(index) {
  if (index >= (state.page?.executors.length ?? 0)) return;
  state.chosen = index;
  history.replaceState(null, "", `#${index}`);
  present();
}

function pause() {
  state.isPaused = !state.isPaused;
  find("pause").setAttribute("aria-pressed", String(state.isPaused));
  say(find("pause"), state.isPaused ? "Go on" : "Pause");
  if (state.page) tell(null);
}

function key(event) {
  const isTyping = event.target === find("search");
  if (event.key === "Escape" && isTyping) event.target.blur();
  if (isTyping || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "/") find("search").focus();
  else if (event.key === "p") pause();
  else if (event.key === "t") find("trace").click();
  else if (event.key >= "1" && event.key <= "9") choose(Number(event.key) - 1);
  else return;
  event.preventDefault();
}

find("search").addEventListener("input", present);
find("pause").addEventListener("click", pause);
document.addEventListener("keydown", key);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && !state.isPaused && ask());
follow();
