// What is shown of one executor.

import { histogram } from "./chart.js";
import { find, make, rows, say, sync } from "./dom.js";
import * as format from "./format.js";

const NEXT_JOB = "the next job";

/** So many of the jobs that have waited longest are shown; the document has more. */
const LONGEST = 8;

/** Everything but the charts and the groups. */
export function show(page, executor) {
  problems(executor);
  tiles(executor);
  parked(executor);
  backlog(executor);
  carriers(executor);
  longest(executor);
  totals(executor);
  tables(page);
  histogram(find("queue-wait-all"), executor.queue_wait, page.bucket_seconds);
  histogram(find("run-time-all"), executor.run, page.bucket_seconds);
}

/** What the program adds: the same for all executors. */
function tables({ tables: all = [] }) {
  find("tables").hidden = all.length === 0;
  const create = () => make("section", "", make("h2"), make("p", "quiet"), make("table", "", make("tbody")));
  sync(find("tables"), all, ({ name }) => name, create, (section, { name, age_seconds: age, rows: shown }) => {
    const [title, note, table] = section.children;
    say(title, name);
    const isLate = age === null || age > 1;
    note.hidden = !isLate;
    say(note, age === null ? "no answer yet" : isLate ? `no answer; this is from ${format.time(age)} ago` : "");
    rows(table, shown, (row) => row.name, (row) => [[row.name.replaceAll("_", " ")], [format.count(row.value), "number"]]);
  });
}

function tiles({ gauges, recent, max_workers, has_ended }) {
  const rate = (count) => (recent ? format.count(count(recent) / recent.seconds) : "–");
  const shown = [
    ["running", format.count(gauges.running)],
    ["queued", format.count(gauges.queued)],
    ["workers", format.count(gauges.workers), `of ${format.count(max_workers)}`],
    ["ended", rate((it) => it.ended), "/s"],
    ["not well", rate((it) => it.unsuccessful), "/s", recent?.unsuccessful > 0],
    ["refused", rate((it) => it.rejected), "/s", recent?.rejected > 0],
  ];
  if (gauges.delayed > 0) shown.push(["due later", format.count(gauges.delayed)]);
  if (has_ended) shown.push(["state", "ended"]);
  const create = ([name]) => make("div", "", make("dt", "", name), make("dd", "", make("span"), " ", make("small")));
  sync(find("tiles"), shown, ([name]) => name, create, (tile, [, value, unit = "", isBad = false]) => {
    tile.classList.toggle("bad", isBad);
    const number = tile.lastElementChild;
    say(number.firstElementChild, value);
    say(number.lastElementChild, unit);
  });
}

const CAUSES = {
  computes: "it computes without a pause",
  blocks: "it blocks the OS thread",
  starves: "it gets no CPU, since others have it",
};

function problems({ carriers, threads, hogs }) {
  const held = hogs.map((hog) => ({
    key: hog.carrier + hog.job,
    title: `${hog.name} holds carrier ${hog.carrier}`,
    lines: [
      `For ${format.time(hog.held)} so far: ${CAUSES[hog.cause] ?? hog.cause}.`,
      hog.others === 0 ? "" : `${format.count(hog.others)} others of the carrier do not run, and are not shown.`,
      hog.submitted_at ? `Submitted at ${near(hog.submitted_at)}.` : "",
    ].filter(Boolean),
    stack: hog.stack.map(frame).join("\n"),
  }));
  const isNamed = ({ name }) => hogs.some((hog) => hog.carrier === name);
  const silent = carriers.filter((carrier) => !carrier.has_answered && !isNamed(carrier)).map((carrier) => ({
    title: `Carrier ${carrier.name} does not answer`,
    lines: [
      carrier.running === null ? "Something keeps it busy." : `job-${carrier.running} keeps it busy, or blocks it.`,
      "Its other jobs do not run, and are not shown.",
    ],
  }));
  const deadlocks = (threads?.deadlocks ?? []).map(({ is_certain, waits, behind }) => {
    const what = waits.length === 1 ? "a job waits for itself" : `${waits.length} wait for one another`;
    const areSeveral = waits.some((it) => it.executor !== waits[0].executor);
    const line = (it) =>
      `${it.name}${areSeveral ? ` of ${it.executor}` : ""} waits for ${place(it)}${it.detail ? `: ${it.detail}` : ""}`;
    return {
      title: `${is_certain ? "Deadlock" : "Perhaps a deadlock"}: ${what}`,
      lines: [...waits.map(line), ...(behind > 0 ? [`${format.count(behind)} more wait for them.`] : [])],
    };
  });
  const create = () => make("div", "problem", make("h2"), make("div"), make("pre"));
  const all = [...deadlocks, ...held, ...silent];
  sync(find("problems"), all, (it) => it.key ?? it.title + it.lines, create, (element, { title, lines, stack = "" }) => {
    const [head, body, pre] = element.children;
    say(head, title);
    sync(body, lines.map((line, index) => ({ line, index })), (it) => it.index, () => make("p"), (p, it) => say(p, it.line));
    say(pre, stack);
    pre.hidden = stack === "";
  });
}

/** Where the standard library was built says nothing. */
const near = (file) => file.replace(/^\/rustc\/[0-9a-f]+\//, "");

const place = ({ reason, at: far }) => {
  const at = far && near(far);
  return at ? `${reason} at ${at}` : reason === "park" ? "an unpark" : reason;
};

function parked({ parked, ready, carriers }) {
  const all = parked.map((it) => ({ ...it, name: it.reason === "park" ? "an unpark" : it.reason }));
  if (ready > 0) all.push({ reason: "", name: "nothing: ready to run", count: ready, longest: null });
  const most = Math.max(1, ...all.map(({ count }) => count));
  rows(find("parked"), all, (it) => it.reason, ({ reason, name, count, longest }) => [
    [name, reason === NEXT_JOB ? "quiet" : "", ""],
    [format.count(count), "number"],
    [format.time(longest), "number quiet"],
  ]);
  [...find("parked").tBodies[0].rows].forEach((row, index) => {
    let bar = row.querySelector(".bar");
    if (!bar) row.cells[0].insertBefore((bar = make("span", "bar")), row.cells[0].lastChild);
    bar.style.width = `${(100 * all[index].count) / most}%`;
  });
  showOrSay("parked", all.length, carriers);
}

/** If there is nothing to show, says why. */
function showOrSay(name, count, carriers) {
  find(name).hidden = count === 0;
  const isSilent = carriers.length > 0 && carriers.every((it) => !it.has_answered);
  say(find(`${name}-none`), count > 0 ? "" : isSilent ? "unknown: no carrier answers" : "none");
}

function backlog({ backlog }) {
  const oldest = backlog.oldest === null ? "" : `, the oldest for ${format.time(backlog.oldest)}`;
  say(find("backlog"), backlog.count === 0 ? "empty" : `${format.jobs(backlog.count)} queued${oldest}`);
  find("backlog").className = backlog.count === 0 ? "none" : "";
  const first = backlog.first.map((text, index) => ({ text, index }));
  sync(find("backlog-first"), first, ({ index }) => index, () => make("li"), (li, { text }) => say(li, text));
}

function carriers({ carriers, longest_hold }) {
  const held = longest_hold === null ? "" : `one was held for ${format.time(longest_hold)} at most`;
  say(find("longest-hold"), held);
  rows(find("carriers"), carriers, (it) => it.name, (it) => [
    [it.name],
    it.has_answered ? ["answers", "number quiet"] : ["does not answer", "number wrong"],
  ]);
}

function longest({ longest, carriers }) {
  rows(find("longest"), longest.slice(0, LONGEST), (it) => it.id, (it) => [
    [it.name, "", it.submitted_at ? `from ${it.submitted_at}` : ""],
    [place(it), "", [it.detail, it.at_most === null ? null : `at most ${format.time(it.at_most)} more`].filter(Boolean).join(", ")],
    [format.time(it.waited), "number"],
  ]);
  showOrSay("longest", longest.length, carriers);
}

function totals({ counters, gauges, uptime_seconds }) {
  const shown = Object.entries(counters).map(([name, count]) => [name.replaceAll("_", " "), format.count(count)]);
  shown.push(["deepest stack", format.bytes(gauges.stack_deepest_bytes)], ["up for", format.time(uptime_seconds)]);
  rows(find("totals"), shown, ([name]) => name, ([name, value]) => [[name], [value, "number"]]);
}

/** The groups in which every word of the search is found. */
export function showGroups({ threads, carriers }, search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (group) => {
    const text = text_of(group).toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const groups = (threads?.groups ?? []).filter((group) => group.is_job);
  const shown = groups.filter(matches);
  const seen = new Map();
  // Two groups may look alike where stacks differ in what is not shown.
  const keyed = shown.map((group) => {
    const key = JSON.stringify([group.reason, group.at, group.stack]);
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return { group, key: key + seen.get(key) };
  });
  sync(find("groups"), keyed, ({ key }) => key, newGroup, ({ children: [summary, body] }, { group }) => {
    const [number, what, since] = summary.children;
    say(number, format.count(group.count));
    say(what, group.reason === null ? "ready to run" : place(group));
    const [least, most] = group.waited.map(format.time);
    say(since, group.reason === null ? "" : least === most ? most : `${least} – ${most}`);
    const lines = [
      group.names.join(", "),
      ...group.details,
      group.submitted_at.length > 0 ? `submitted at ${group.submitted_at.join(", ")}` : "",
    ];
    sync(body.firstElementChild, lines.filter(Boolean), (line) => line, () => make("p"), say);
    say(body.lastElementChild, group.stack.map(frame).join("\n"));
    body.lastElementChild.hidden = group.stack.length === 0;
  });
  showOrSay("groups", groups.length, carriers);
  const cut = threads?.is_cut_short ? " of the first 10,000 threads" : "";
  const all = groups.length === 1 ? "1 group" : `${groups.length} groups`;
  say(find("found"), words.length > 0 ? `${shown.length} of ${all}${cut}` : all + cut);
}

const newGroup = () =>
  make("details", "",
    make("summary", "", make("b"), make("span", "what"), make("span", "since")),
    make("div", "", make("div"), make("pre")));

const text_of = (group) =>
  [group.reason, group.at, ...group.names, ...group.details, ...group.submitted_at, ...group.stack.map(frame)].join("\n");

const frame = ({ function: name, file, line }) =>
  file === null ? name : line === null ? `${name} at ${near(file)}` : `${name} at ${near(file)}:${line}`;
