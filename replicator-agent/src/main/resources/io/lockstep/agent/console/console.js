"use strict";
// The console of one node: asks /api/v1/status, follows /api/v1/events, sends commands.
const TONES = {PROTECTED: "good", MAINTENANCE: "warned", EXPOSED: "warned", RESYNCHRONIZING: "warned", BLOCKED: "bad-tone",
  WAITING: "warned", STOPPED: "idle", DOWN: "bad-tone", SPLIT: "bad-tone"};
const SERVING = ["PRIMARY", "ALONE", "BLOCKED", "TAKING_OVER", "DEMOTING"];
const MARKS = {DONE: "✓", FAILED: "✕", RUNNING: "▸", PENDING: "·"};
const byId = id => document.getElementById(id);
const cards = new Map();
let lastAnswer = 0;
let lastGroups = [];
let failedSince = 0;

function make(tag, text, cls) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  return e;
}
function setText(e, text) { if (e.textContent !== text) e.textContent = text; }
function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let u = 0;
  while (n >= 1024 && u < 4) { n /= 1024; u++; }
  return (u ? n.toFixed(1) : n) + " " + units[u];
}
function span(ms) {
  const s = Math.ceil(ms / 1000);
  return s < 60 ? s + " s" : s < 3600 ? Math.floor(s / 60) + " min " + s % 60 + " s" : Math.floor(s / 3600) + " h " + Math.floor(s % 3600 / 60) + " min";
}
function facts(dl, pairs) {
  const key = JSON.stringify(pairs);
  if (dl.dataset.key === key) return;
  dl.dataset.key = key;
  dl.replaceChildren(...pairs.flatMap(([k, v]) => [make("dt", k), make("dd", v)]));
}

function showModule(status, m) {
  let card = cards.get(m.module);
  if (!card) {
    card = byId("module").content.firstElementChild.cloneNode(true);
    card.dataset.module = m.module;
    card.querySelectorAll("button[data-command]").forEach(b => b.addEventListener("click", () => ask(card, b.dataset.command)));
    cards.set(m.module, card);
    byId("modules").append(card);
  }
  card.state = m;
  const verdict = card.querySelector(".verdict");
  verdict.className = "card verdict " + (TONES[m.verdict.word] || "idle");
  setText(card.querySelector(".word"), m.verdict.word);
  setText(card.querySelector(".name"), m.module);
  setText(card.querySelector(".text"), m.verdict.text.replace(m.verdict.word, "").replace(/^[:\s]+/, "") || plain(m));
  setText(card.querySelector(".next span"), m.verdict.nextAction || "nothing to do");
  showProgress(card, m.reintegration);
  m.nodes.forEach((n, i) => showNode(card.querySelector(`[data-side="${i}"]`), status, m, n, i === 0));
  showLink(card.querySelector(".link"), status, m);
  showButtons(card, m);
  showSplit(card, m);
  showDrill(card, m.drill);
  showTransition(card, m.lastTransition, status.timeMs);
}

function plain(m) {
  const s = server(m);
  const other = m.nodes.find(n => n !== s);
  return m.verdict.word === "PROTECTED" && s && other ? `${s.node} serves, ${other.node} has every acknowledged modification` : m.verdict.word;
}

function showProgress(card, r) {
  const box = card.querySelector(".progress");
  box.hidden = !r;
  if (!r) return;
  box.querySelector("progress").value = r.percent;
  box.querySelector("progress").setAttribute("aria-label", "reintegration of " + r.target);
  setText(box.querySelector("p"), `${r.source} → ${r.target}: ${r.percent.toFixed(1)} %, ${bytes(r.bytesDone)} of ${bytes(r.bytesTotal)}, ${r.filesDone} of ${r.filesTotal} files, ` + (r.etaMs < 0 ? "time to go unknown" : span(r.etaMs) + " to go"));
}

function showNode(card, status, m, n, own) {
  const serving = SERVING.includes(n.role);
  card.className = "card node" + (serving && n.known ? " serving" : "");
  if (!card.firstElementChild) {
    const head = make("header");
    head.append(make("h3"), make("span", "", "word"));
    card.append(head, make("dl"));
  }
  const title = card.querySelector("h3");
  const key = n.node + own + (m.preferred === n.node);
  if (title.dataset.key !== key) {
    title.dataset.key = key;
    title.replaceChildren(n.node, make("small", [own ? "this node" : "peer", m.preferred === n.node ? "preferred" : ""].filter(Boolean).join(" · ")));
  }
  const word = card.querySelector(".word");
  setText(word, n.known ? n.role : n.role + " (last known)");
  word.className = "word " + (!n.known ? "idle" : serving ? "good" : n.role === "SECONDARY" ? "good" : "warned");
  const rows = [["Data", n.data.replaceAll("_", " ").toLowerCase()]];
  if (own) {
    rows.push(["Application", m.application.state.toLowerCase() + (m.application.text ? ": " + m.application.text : "")]);
    m.application.checkers.forEach(c => rows.push(["Checker " + c.name, checkerText(c)]));
    rows.push(["Sequence", m.sequence.toLocaleString()], ["Applied", m.applied.toLocaleString()], ["Checkpoint", m.checkpoint.toLocaleString()]);
    m.addresses.forEach(a => rows.push(["Address", a.address + (a.held ? " · held here" : " · not here") + (a.outside ? " · " + a.outside : "")]));
    m.directories.forEach(d => rows.push(["Directory", d]));
    if (m.excluded.length) rows.push(["Local only", m.excluded.join(", ")]);
    rows.push(["Software", status.softwareVersion]);
  } else {
    rows.push(["Heartbeats", `${status.peer.heartbeatsAlive} of ${status.peer.heartbeats} networks`]);
    rows.push(["Software", status.peer.softwareVersion || "unknown"]);
    if (status.peer.problem) rows.push(["Problem", status.peer.problem]);
  }
  facts(card.querySelector("dl"), rows);
}

function checkerText(c) {
  if (c.state !== "BAD") return c.state === "GOOD" ? "good" : "not looked at now";
  return `bad, ${c.failures} of ${c.limit} before ${c.then.toLowerCase()}${c.sinceMs ? ", since " + new Date(c.sinceMs).toLocaleTimeString() : ""}${c.text ? ": " + c.text : ""}`;
}

function showLink(link, status, m) {
  const up = status.peer.connected;
  link.className = "link " + (up ? "good" : "cut bad-tone");
  setText(link.querySelector(".state"), up ? "link " + m.link.state.toLowerCase() : "link down");
  facts(link.querySelector("dl"), [["Lag", bytes(m.lagBytes)], ["", m.lagOperations + " operations"], ["Sent", bytes(m.link.sentBytes)], ["Received", bytes(m.link.receivedBytes)]]);
}

function busy(m) { return m.lastTransition && m.lastTransition.finishedMs === 0; }
function server(m) { return m.nodes.find(n => n.known && ["PRIMARY", "ALONE"].includes(n.role)); }

function showButtons(card, m) {
  const s = server(m);
  const split = m.verdict.word === "SPLIT";
  const away = s && s.node !== m.preferred;
  const on = (command, shown, enabled) => {
    const b = card.querySelector(`[data-command="${command}"]`);
    b.hidden = !shown;
    b.disabled = !enabled || Boolean(b.pending);
  };
  const ready = ["PROTECTED", "MAINTENANCE"].includes(m.verdict.word) && !busy(m);
  on("switchback", Boolean(away), ready);
  on("switchover", Boolean(s) && !away, ready);
  on("start", m.verdict.word === "STOPPED", !busy(m));
  on("resync", m.nodes[0].role === "SECONDARY" && m.verdict.word === "PROTECTED", !busy(m));
  on("drill", m.verdict.word === "PROTECTED" && m.application.state !== "NONE", ready && !(m.drill && m.drill.phase));
  on("pause", m.verdict.word === "PROTECTED" && !m.maintenance, !busy(m));
  on("resume", m.maintenance, !busy(m));
  card.querySelector(".verdict .actions").hidden = split;
}

function showDrill(card, d) {
  const panel = card.querySelector(".drill");
  panel.hidden = !d;
  if (!d) return;
  panel.className = "card drill " + (d.outcome === "FAILED" ? "bad-tone" : "");
  setText(panel.querySelector("h3"), d.phase ? "Drill under way" : "Newest drill");
  setText(panel.querySelector(".message"), `${d.text} · ${new Date(d.endedMs || d.beganMs).toLocaleString()} · by ${d.who}`);
}

function showTransition(card, t, nowMs) {
  const panel = card.querySelector(".transition");
  panel.hidden = !t;
  if (!t) return;
  const done = t.finishedMs > 0;
  const kind = t.kind.charAt(0) + t.kind.slice(1).toLowerCase();
  const tookMs = (done ? t.finishedMs : nowMs) - t.startedMs;
  setText(panel.querySelector("h3"), `${kind} from ${t.from} to ${t.to}: ` + (!done ? "under way" : t.ok ? `done in ${tookMs} ms` : "failed"));
  setText(panel.querySelector(".message"), [t.message, new Date(t.startedMs).toLocaleString()].filter(Boolean).join(" · "));
  const list = panel.querySelector(".steps");
  const key = JSON.stringify(t.steps);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...t.steps.map(s => {
    const li = make("li", undefined, s.state);
    const mark = make("i", MARKS[s.state] || "·");
    mark.setAttribute("aria-label", s.state.toLowerCase());
    li.append(mark, make("span", s.name), make("span", s.state === "PENDING" ? "" : s.tookMs + " ms"));
    return li;
  }));
}

const QUESTIONS = {
  switchback: m => ({title: `Switch ${m.module} back to ${m.preferred}?`, yes: "Switch back",
    text: `The application stops on ${server(m).node} and starts on ${m.preferred}. Clients are cut off for that time; nothing acknowledged is lost.${whole(m)}`}),
  switchover: m => ({title: `Switch ${m.module} over?`, yes: "Switch over",
    text: `The application stops on ${server(m).node} and starts on the other node. Clients are cut off for that time; nothing acknowledged is lost.${whole(m)}`}),
  resync: m => ({title: `Compare all of this node's copy of ${m.module}?`, yes: "Compare",
    text: `Everything is compared with ${server(m).node}'s copy, and what differs is sent. Until that ends this node cannot take over.`}),
  drill: m => ({title: `Rehearse a takeover of ${m.module}?`, yes: "Rehearse",
    text: "The secondary starts the application on a view of its files that is thrown away, in a network of its own. The service is not touched; until it ends a takeover has more to apply."}),
  pause: m => ({title: `Begin maintenance of ${m.module}?`, yes: "Pause",
    text: "Replication goes on, but on both nodes nothing takes over, moves or restarts the application by itself until you resume."}),
};
function ask(card, command) {
  const m = card.state;
  const go = () => send(m.module, command, {});
  if (QUESTIONS[command]) confirmation(QUESTIONS[command](m), go); else go();
}
function confirmation(question, go) {
  const dialog = byId("confirm");
  setText(byId("confirm-title"), question.title);
  setText(byId("confirm-text"), question.text);
  setText(byId("confirm-yes"), question.yes);
  const input = byId("confirm-input");
  const yes = byId("confirm-yes");
  byId("confirm-type").hidden = !question.word;
  setText(byId("confirm-word"), question.word || "");
  input.value = "";
  yes.disabled = Boolean(question.word);
  input.oninput = () => { yes.disabled = input.value !== question.word; };
  const accept = () => { if (!yes.disabled) { dialog.close(); go(); } };
  yes.onclick = accept;
  byId("confirm-no").onclick = () => dialog.close();
  byId("confirm-form").onsubmit = e => { e.preventDefault(); accept(); };
  dialog.showModal();
  (question.word ? input : byId("confirm-no")).focus();
}

let noticeTimer;
function notice(text, failed) {
  const e = byId("notice");
  setText(e, text);
  e.className = "notice" + (failed ? " failed" : "");
  e.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { e.hidden = true; }, failed ? 15000 : 6000);
}
async function send(module, command, body) {
  try {
    const answer = await fetch(`/api/v1/modules/${encodeURIComponent(module)}/${command}`, {method: "POST",
      headers: {"Content-Type": "application/json", "X-Lockstep": "1"}, body: JSON.stringify(body)});
    const result = await answer.json();
    notice(result.message || result.error, !answer.ok);
  } catch (e) {
    notice("The agent did not answer; the command may not have been carried out. Look at the status before you try again.", true);
  }
}

async function poll() {
  let pause = 1000;
  try {
    const answer = await fetch("/api/v1/status", {signal: AbortSignal.timeout(4000)});
    if (!answer.ok) throw new Error("status " + answer.status);
    const status = await answer.json();
    show(status);
    if (status.modules.some(busy)) pause = 200;
  } catch (e) {
    lost();
  }
  setTimeout(poll, pause);
}
function show(status) {
  lastAnswer = Date.now();
  lastGroups = status.groups;
  failedSince = 0;
  document.body.classList.remove("stale");
  byId("unreachable").hidden = true;
  byId("mismatch").hidden = status.configurationMatches !== false;
  byId("restart").hidden = status.restartNeeded.length === 0;
  setText(byId("restart-keys"), status.restartNeeded.join(", "));
  setText(byId("cluster"), status.cluster);
  setText(byId("seen"), "seen from " + status.node + " at " + new Date(status.timeMs).toLocaleTimeString());
  byId("pulse").className = "pulse on";
  document.title = (status.modules.every(m => m.verdict.word === "PROTECTED") && status.groups.every(g => g.word === "TOGETHER") ? "" : "⚠ ") + status.cluster + " · Lockstep";
  for (const [name, card] of cards) {
    if (!status.modules.some(m => m.module === name)) { card.remove(); cards.delete(name); }
  }
  status.modules.forEach(m => showModule(status, m));
  showGroups(status.groups);
}
function showGroups(groups) {
  const box = byId("groups");
  const key = JSON.stringify(groups);
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.replaceChildren(...groups.map(g => {
    const card = make("div", undefined, "banner group " + (g.word === "TOGETHER" ? "calm" : g.word === "APART" || g.word === "DOWN" ? "bad" : "warn"));
    card.append(make("strong", "Group " + g.group), " ", g.text, g.nextAction ? make("p", "Next: " + g.nextAction) : "");
    return card;
  }));
}
function groupOf(m) { return lastGroups.find(g => g.modules.includes(m.module)); }
function whole(m) { const g = groupOf(m); return g ? ` All of group ${g.group} moves: ${g.modules.join(", ")}.` : ""; }
function lost() {
  failedSince = failedSince || Date.now();
  byId("pulse").className = "pulse off";
  document.body.classList.add("stale");
  document.title = "✕ agent unreachable · Lockstep";
  byId("unreachable").hidden = false;
  setText(byId("unreachable-text"), (lastAnswer ? "What you see below is from " + new Date(lastAnswer).toLocaleTimeString() + ". " : "") +
    "Look at the other node's console: it may have taken over. On this node: lockstep status, or the service's log.");
  document.querySelectorAll("button[data-command]").forEach(b => { b.disabled = true; });
}

function follow() {
  const source = new EventSource("/api/v1/events");
  const list = byId("events");
  source.onopen = () => setText(byId("stream"), "live");
  source.onerror = () => {
    setText(byId("stream"), "reconnecting …");
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
  };
  source.onmessage = message => {
    const e = JSON.parse(message.data);
    list.querySelector(".empty")?.remove();
    const key = e.id + "@" + e.timeMs;
    if ([...list.children].some(li => li.dataset.key === key)) return;
    const li = make("li", undefined, e.level);
    li.dataset.key = key;
    const time = make("time", new Date(e.timeMs).toLocaleTimeString());
    time.dateTime = new Date(e.timeMs).toISOString();
    li.append(time, make("b", e.level), make("span", e.module || "node"), make("span", e.text));
    list.prepend(li);
    while (list.children.length > 500) list.lastElementChild.remove();
  };
}
poll();
follow();
