"""A picture that is looked at closely: made larger and moved by mouse, finger, wheel, buttons or keys."""

import streamlit as st

from apps.components import data_url

_HTML = """
<div class="bar">
  <button class="out" type="button" aria-label="Smaller">−</button>
  <output aria-live="polite"></output>
  <button class="in" type="button" aria-label="Larger">+</button>
</div>
<div class="view" tabindex="0" role="region"><img alt="" draggable="false"></div>
"""

_CSS = """
.bar { display: flex; align-items: center; gap: .5rem; margin-bottom: .5rem; font-family: var(--st-font), sans-serif;
  color: var(--st-text-color); }
.bar output { min-width: 3.5rem; text-align: center; }
.bar button { width: 2.5rem; height: 2.5rem; border: 1px solid var(--st-border-color); border-radius: .5rem;
  background: var(--st-secondary-background-color); color: var(--st-text-color); font-size: 1.25rem; cursor: pointer; }
.bar button:disabled { opacity: .5; cursor: default; }
.view { height: 70vh; overflow: auto; border-radius: .5rem; background: var(--st-secondary-background-color);
  cursor: grab; touch-action: pan-x pan-y; }
.view:active { cursor: grabbing; }
.view:focus-visible, .bar button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
img { display: block; margin: auto; max-width: none; }
"""

_JS = """
export default function({ data, parentElement }) {
  const view = parentElement.querySelector(".view");
  const image = view.querySelector("img");
  const output = parentElement.querySelector("output");
  const smaller = parentElement.querySelector(".out");
  const larger = parentElement.querySelector(".in");
  const most = 4;  // screen pixels of a pixel of the photo
  let scale = 0;
  const whole = () => Math.min(1, view.clientWidth / image.naturalWidth, view.clientHeight / image.naturalHeight);

  // The place (x, y) of the view shows the same place of the picture before and after.
  const zoom = (to, x = view.clientWidth / 2, y = view.clientHeight / 2) => {
    const next = Math.min(most, Math.max(whole(), to));
    const left = (view.scrollLeft + x) / (image.clientWidth || 1);
    const top = (view.scrollTop + y) / (image.clientHeight || 1);
    scale = next;
    image.style.width = image.naturalWidth * scale + "px";
    view.scrollLeft = left * image.clientWidth - x;
    view.scrollTop = top * image.clientHeight - y;
    output.textContent = Math.round(100 * scale) + " %";
    smaller.disabled = scale <= whole();
    larger.disabled = scale >= most;
  };
  image.onload = () => zoom(0);
  if (image.src !== data.src) image.src = data.src;
  image.alt = data.alt;
  view.setAttribute("aria-label", data.alt + ". Plus and minus change its size, arrow keys move it.");
  smaller.onclick = () => zoom(scale / 1.5);
  larger.onclick = () => zoom(scale * 1.5);
  view.onkeydown = (event) => {
    const to = { "+": scale * 1.5, "=": scale * 1.5, "-": scale / 1.5, "0": 0 }[event.key];
    if (to === undefined) return;
    zoom(to);
    event.preventDefault();
  };
  view.onwheel = (event) => {
    const box = view.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
    event.preventDefault();
  };
  view.onpointermove = (event) => {  // a finger scrolls by itself
    if (event.pointerType !== "mouse" || !(event.buttons & 1)) return;
    view.scrollLeft -= event.movementX;
    view.scrollTop -= event.movementY;
  };
}
"""

_mount = st.components.v2.component("tryon.zoom", html=_HTML, css=_CSS, js=_JS)


def zoom(picture: bytes, alt: str, *, key: str) -> None:
    """Show a picture to be looked at closely, first as a whole.

    Args:
        picture: JPEG in its full size.
        alt: what it shows.
        key: unique on the page.
    """
    _mount(data={"src": data_url(picture), "alt": alt}, key=key)
