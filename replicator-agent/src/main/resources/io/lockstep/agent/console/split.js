"use strict";
// Both sides of a split: what each changed, what differs in a text, and whose history goes on.
const SHOWN_FILES = 200;

function showSplit(card, m) {
  const panel = card.querySelector(".split");
  const was = panel.hidden;
  panel.hidden = m.verdict.word !== "SPLIT";
  if (panel.hidden) return;
  const actions = panel.querySelector(".actions");
  if (!actions.childElementCount) {
    actions.append(...m.nodes.map(n => keepButton(m, n.node)));
    panel.querySelector(".again").addEventListener("click", () => compare(card));
    panel.querySelector(".proof input").addEventListener("input", () => showFiles(card));
  }
  if (was) compare(card);
}

function keepButton(m, node) {
  const b = make("button", "Keep " + node, "danger");
  b.dataset.keep = node;
  b.addEventListener("click", () => confirmation({title: "Keep the history of " + node + "?", word: node, yes: "Keep " + node,
    text: "The other node's copy is replaced by this one's. What only the other node changed is put into quarantine on it first."},
    () => send(m.module, "split-keep", {node})));
  return b;
}

async function asked(module, command, body) {
  try {
    const answer = await fetch(`/api/v1/modules/${encodeURIComponent(module)}/${command}`, {method: "POST",
      headers: {"Content-Type": "application/json", "X-Lockstep": "1"}, body: JSON.stringify(body), signal: AbortSignal.timeout(70000)});
    const result = await answer.json();
    return {ok: answer.ok, text: result.message || result.error || ""};
  } catch (e) {
    return {ok: false, text: "The agent did not answer: " + e.message};
  }
}

async function compare(card) {
  const panel = card.querySelector(".split");
  const told = panel.querySelector(".told");
  const again = panel.querySelector(".again");
  again.disabled = true;
  setText(told, "Both sides are looked at …");
  const answer = await asked(card.state.module, "split-show", {limit: SHOWN_FILES, json: true});
  again.disabled = false;
  let report = null;
  try { if (answer.ok) report = JSON.parse(answer.text); } catch (e) { /* told below, as it came */ }
  card.report = report;
  if (!report) { setText(told, answer.text); return; }
  const since = report.partedMs ? "They parted " + new Date(report.partedMs).toLocaleString() + ". " : "";
  setText(told, since + (report.peer ? "" : "The other node cannot be asked: only this node's side is shown."));
  panel.querySelector(".sides").replaceChildren(...sides(report).map(side => {
    const box = make("div");
    box.append(make("h4", side.node), make("p", `${side.role}${side.aloneSinceMs ? ", alone since " + new Date(side.aloneSinceMs).toLocaleString() : ""}`),
      make("p", `${side.total} files differ or may${side.total > side.files.length ? `; the first ${side.files.length} are listed` : ""}`), make("p", "generation " + side.generation, "mono"));
    return box;
  }));
  showFiles(card);
}

function sides(report) { return report.peer ? [report.mine, report.peer] : [report.mine]; }

// Each path that a side changed, with what it is on each; what is alike on both is left out.
function differing(report) {
  const both = sides(report);
  const paths = new Map();
  both.forEach((side, i) => side.files.forEach(f => {
    if (!paths.has(f.path)) paths.set(f.path, both.map(() => null));
    paths.get(f.path)[i] = f;
  }));
  return [...paths].filter(([, files]) => files.length < 2 || JSON.stringify(files[0]) !== JSON.stringify(files[1])).sort(([a], [b]) => a < b ? -1 : 1);
}

function fileText(f) {
  if (!f) return "did not change it";
  return f.gone ? "removed or moved away" : `${f.kind.toLowerCase()}, ${bytes(f.sizeBytes)}, ${new Date(f.modifiedNs / 1e6).toLocaleString()}`;
}

function showFiles(card) {
  const report = card.report;
  if (!report) return;
  const table = card.querySelector(".split table");
  const files = differing(report);
  table.hidden = files.length === 0;
  const head = make("tr");
  head.append(make("th", "File"), ...sides(report).map(side => make("th", side.node)), make("th", ""));
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...files.map(([path, each]) => {
    const row = make("tr");
    const cell = make("td");
    if (each.some(f => f && f.kind === "FILE")) cell.append(diffButton(card, path));
    row.append(make("td", path, "mono"), ...each.map(f => make("td", fileText(f), f ? "" : "same")), cell);
    return row;
  }));
}

// What is in files is shown only to who proves to have the cluster's key.
function diffButton(card, path) {
  const b = make("button", "Difference");
  b.dataset.diff = path;
  const proof = card.querySelector(".split .proof input").value.trim();
  b.disabled = proof === "";
  b.addEventListener("click", async () => {
    const answer = await asked(card.state.module, "split-diff", {file: path, proof});
    const pre = card.querySelector(".split .diff");
    pre.hidden = false;
    pre.replaceChildren(...answer.text.split("\n").map(line => make("span", line + "\n", lineClass(line))));
    pre.scrollIntoView({block: "nearest"});
  });
  return b;
}

function lineClass(line) {
  if (line.startsWith("+++") || line.startsWith("---") || line.startsWith("@@")) return "head";
  return line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "";
}
