"""Correct what the networks saw of a photo: a brush over a mask, and key points that are moved.

By mouse, finger, or keys: arrow keys move the brush and Space paints; on a point, they move the point.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from apps.components import data_url

_HTML = """
<div class="mend">
  <div class="tools" role="radiogroup" aria-label="Tool"></div>
  <label class="size">
    Brush <input type="range" min="1" max="10" step="1" value="4" aria-label="Size of the brush">
  </label>
  <div class="stage" tabindex="0">
    <img alt="">
    <canvas aria-hidden="true"></canvas>
    <span class="cursor" aria-hidden="true"></span>
    <div class="points"></div>
  </div>
  <p class="note"></p>
  <div class="buttons">
    <button type="button" class="undo">Undo</button>
    <button type="button" class="reset">Undo all</button>
    <button type="button" class="apply">Show the result</button>
  </div>
  <p class="said" role="status"></p>
</div>
"""

_CSS = """
.mend { font-family: var(--st-font); color: var(--st-text-color); display: grid; gap: .5rem; padding: 3px; }
.tools, .buttons { display: flex; flex-wrap: wrap; gap: .4rem; }
.tools label { position: relative; cursor: pointer; }
.tools input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.tools span, button:not(.point) { display: block; padding: .4rem .8rem; border-radius: .5rem; line-height: 1.4;
  border: 1px solid color-mix(in srgb, var(--st-text-color) 55%, transparent);
  background: var(--st-background-color); color: var(--st-text-color); font: inherit; cursor: pointer; }
.tools input:checked + span { background: var(--st-text-color); color: var(--st-background-color); }
.tools input:focus-visible + span, button:focus-visible, .stage:focus-visible {
  outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin-right: .4em;
  border: 1px solid #fff; vertical-align: -.05em; }
button:disabled { opacity: .5; cursor: default; }
.size { display: flex; align-items: center; gap: .5rem; }
.size input { accent-color: var(--st-primary-color); flex: 1; max-width: 14rem; }
.stage { position: relative; line-height: 0; border-radius: .5rem; overflow: hidden; cursor: crosshair;
  user-select: none; -webkit-user-select: none; touch-action: pinch-zoom; }
.stage[data-tool=points] { cursor: default; touch-action: auto; }
.stage img { width: 100%; display: block; pointer-events: none; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; opacity: .55; pointer-events: none; }
.stage[data-tool=points] canvas { opacity: .2; }
.points { position: absolute; inset: 0; display: none; }
.stage[data-tool=points] .points { display: block; }
.point { position: absolute; width: 1.9rem; height: 1.9rem; margin: -.95rem 0 0 -.95rem; padding: 0; border: 0;
  border-radius: 50%; background: none; cursor: grab; touch-action: none; }
.point::after { content: ""; position: absolute; inset: .55rem; border-radius: 50%; background: var(--color);
  border: 2px solid #fff; box-shadow: 0 0 0 1px #000; }
.point.missing::after { background: #0006; border-style: dashed; }
.point:is(:hover, :focus-visible, .held)::before { content: attr(aria-label); position: absolute; bottom: 100%;
  left: 50%; transform: translateX(-50%); padding: .3rem .5rem; border-radius: .4rem; background: #000d; color: #fff;
  font: .8rem/1 var(--st-font); white-space: nowrap; z-index: 1; }
.point.left::before { left: 0; transform: none; }
.point.right::before { left: auto; right: 0; transform: none; }
.cursor { position: absolute; display: none; border: 2px solid #fff; box-shadow: 0 0 0 1px #000; border-radius: 50%;
  transform: translate(-50%, -50%); pointer-events: none; }
.stage:focus-visible:not([data-tool=points]) .cursor { display: block; }
.note, .said { margin: 0; font-size: .875rem; line-height: 1.4; }
.said:empty { display: none; }
"""

_JS = """
const COLORS = { add: "#dc1e8c", remove: "#146eeb" };
const SIDE = { right: "#eb5f1e", left: "#236eeb", middle: "#32a55a" };
const inside = (value) => Math.min(1, Math.max(0, value));
const round = (value) => Math.round(value * 1e5) / 1e5;

export default function({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".mend");
  box.send = setTriggerValue;
  if (box.dataset.version === data.version) return;  // what is drawn here is newer than what the server knows
  box.dataset.version = data.version;
  const find = (name) => box.querySelector(name);
  const [stage, canvas, image, range] = [".stage", "canvas", "img", ".size input"].map(find);
  let strokes = structuredClone(data.strokes), moved = new Map(data.moved.map(([i, x, y]) => [i, [x, y]]));
  let history = [...strokes.map(() => ["stroke"])], tool = "add", cursor = [0.5, 0.5], open = null;
  const sent = () => JSON.stringify([strokes, [...moved]]);
  let known = sent();

  const base = new Image();
  const radius = () => range.value / 100;
  const line = (context, stroke) => {
    const { width, height } = canvas;
    context.lineWidth = Math.max(1, 2 * stroke.radius * width);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = stroke.adds ? COLORS.add : COLORS.remove;
    context.beginPath();
    stroke.points.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](x * width, y * height));
    if (stroke.points.length === 1) context.lineTo(stroke.points[0][0] * width + 0.01, stroke.points[0][1] * height);
    context.stroke();
  };
  const draw = () => {
    if (!canvas.width) return;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(base, 0, 0, canvas.width, canvas.height);
    for (const stroke of [...strokes, ...(open ? [open] : [])]) line(context, stroke);
  };
  const buttons = () => {
    find(".undo").disabled = find(".reset").disabled = !history.length && !strokes.length && !moved.size;
    find(".apply").disabled = sent() === known;
  };
  const place = () => {
    const at = find(".cursor").style;
    [at.left, at.top] = cursor.map((value) => `${100 * value}%`);
    at.width = at.height = `${2 * radius() * stage.clientWidth}px`;
  };
  base.onload = () => { [canvas.width, canvas.height] = [base.naturalWidth, base.naturalHeight]; draw(); };
  base.src = data.mask;
  image.src = data.picture;
  image.alt = data.alt;

  const pointButtons = new Map();
  const putPoint = (index, x, y) => {
    const button = pointButtons.get(index);
    [button.style.left, button.style.top] = [`${100 * x}%`, `${100 * y}%`];
    button.classList.toggle("left", x < 0.2);
    button.classList.toggle("right", x > 0.8);
    button.classList.toggle("missing", !data.points.find((one) => one.index === index).seen && !moved.has(index));
  };
  const where = (index) => {
    const { x, y } = data.points.find((one) => one.index === index);
    return moved.get(index) ?? [x, y];
  };
  const movePoint = (index, x, y) => {
    moved.set(index, [round(inside(x)), round(inside(y))]);
    putPoint(index, ...moved.get(index));
  };
  const spot = (event) => {
    const area = stage.getBoundingClientRect();
    const shares = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
    return shares.map((value) => round(inside(value)));
  };
  const keep = (index, before) => { history.push(["point", index, before]); buttons(); };
  find(".points").replaceChildren(...data.points.map(({ index, name }) => {
    const side = name.startsWith("right") ? "right" : name.startsWith("left") ? "left" : "middle";
    const button = Object.assign(document.createElement("button"), { type: "button", className: "point" });
    button.setAttribute("aria-label", name);
    button.style.setProperty("--color", SIDE[side]);
    pointButtons.set(index, button);
    let before = null;
    button.onpointerdown = (event) => {
      event.stopPropagation();
      before = [moved.get(index)];
      button.classList.add("held");
      button.setPointerCapture(event.pointerId);
    };
    button.onpointermove = (event) => { if (before) movePoint(index, ...spot(event)); };
    button.onpointerup = button.onpointercancel = () => {
      button.classList.remove("held");
      if (before && moved.get(index) !== before[0]) keep(index, before[0]);
      before = null;
    };
    button.onkeydown = (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const [x, y] = where(index), old = moved.get(index), share = event.shiftKey ? 0.05 : 0.01;
      movePoint(index, x + step[0] * share, y + step[1] * share * stage.clientWidth / stage.clientHeight);
      keep(index, old);
    };
    return button;
  }));
  const putAll = () => { for (const { index } of data.points) putPoint(index, ...where(index)); };

  const begin = (at) => { open = { adds: tool === "add", radius: radius(), points: [at] }; draw(); };
  const end = () => {
    if (!open) return;
    strokes.push(open);
    history.push(["stroke"]);
    open = null;
    draw();
    buttons();
  };
  stage.onpointerdown = (event) => {
    if (tool === "points" || event.button || !event.isPrimary) return;
    cursor = spot(event);
    place();
    stage.setPointerCapture(event.pointerId);
    begin(cursor);
  };
  stage.onpointermove = (event) => {
    if (!open || !event.isPrimary) return;
    const at = spot(event), last = open.points.at(-1);
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) < 0.002) return;
    if (open.points.length >= data.maxStrokePoints) { end(); begin(last); }
    open.points.push(at);
    draw();
  };
  stage.onpointerup = end;
  stage.onpointercancel = () => { open = null; draw(); };
  stage.onkeydown = (event) => {
    if (tool === "points" || event.target !== stage) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step) {
      const ratio = stage.clientWidth / stage.clientHeight;
      cursor = [round(inside(cursor[0] + step[0] * radius())), round(inside(cursor[1] + step[1] * radius() * ratio))];
      place();
    } else if (event.key === " ") { begin(cursor); end(); } else return;
    event.preventDefault();
  };
  range.oninput = place;

  const say = (text) => { find(".said").textContent = text; };
  find(".undo").onclick = () => {
    const [what, index, before] = history.pop() ?? ["all"];
    if (what === "stroke") strokes.pop();
    else if (what === "point") before ? moved.set(index, before) : moved.delete(index);
    else moved.clear();
    putAll(); draw(); buttons(); say("Undone.");
  };
  find(".reset").onclick = () => {
    [strokes, history] = [[], []];
    moved.clear();
    putAll(); draw(); buttons(); say("All undone.");
  };
  find(".apply").onclick = () => {
    known = sent();
    buttons();
    box.send("mended", { strokes, points: [...moved].map(([index, [x, y]]) => [index, x, y]) });
  };

  const choose = (name) => {
    tool = stage.dataset.tool = name;
    find(".size").hidden = name === "points";
    find(".size").style.display = name === "points" ? "none" : "";
    find(".note").textContent = data.notes[name];
    stage.tabIndex = name === "points" ? -1 : 0;
    stage.setAttribute("aria-label", data.notes[name]);
  };
  find(".tools").replaceChildren(...data.tools.map(([name, title], i) => {
    const label = document.createElement("label"), text = document.createElement("span");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: data.version, value: name });
    input.checked = !i;
    if (COLORS[name]) {
      const swatch = Object.assign(document.createElement("i"), { className: "swatch" });
      swatch.style.background = COLORS[name];
      text.append(swatch);
    }
    text.append(title);
    input.onchange = () => choose(name);
    label.append(input, text);
    return label;
  }));
  stage.setAttribute("role", "group");
  choose("add");
  putAll();
  place();
  draw();
  buttons();
  say("");
}
"""

_mount = st.components.v2.component("tryon.mend", html=_HTML, css=_CSS, js=_JS)


def mend(data: dict[str, Any], picture: bytes, mask: bytes, *, key: str, on_mended: Callable[[], None]) -> None:
    """Let the visitor correct a reading.

    Args:
        data: ``version``, which changes with the photo and its reading; ``alt`` of the picture; ``tools``, pairs of
            ``add``, ``remove`` or ``points`` and a title; ``notes`` on each; ``points``, with ``index``, ``name``,
            ``x``, ``y`` and whether they were ``seen``; the ``strokes`` and ``moved`` points to begin with, as in
            :class:`apps.mending.Correction`; ``maxStrokePoints``.
        picture: JPEG of the photo.
        mask: PNG of the mask as it was read, transparent where there is none.
        key: unique on the page.
        on_mended: called when the visitor is done; the session's state of ``key`` has ``mended``, for
            :func:`apps.mending.read_correction`.
    """
    told = data | {"picture": data_url(picture), "mask": data_url(mask, "png")}
    _mount(data=told, key=key, on_mended_change=on_mended)
