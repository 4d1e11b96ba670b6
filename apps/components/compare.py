"""Before and after in one picture, with a divider that is moved by mouse, finger or arrow keys."""

import streamlit as st

from apps.components import data_url

_HTML = """
<div class="compare">
  <img class="before" alt="">
  <img class="after" alt="">
  <span class="tag left" aria-hidden="true">Before</span>
  <span class="tag right" aria-hidden="true">After</span>
  <div class="divider" aria-hidden="true"></div>
  <input type="range" min="0" max="100" step="1" value="50" aria-label="Divider between before and after">
</div>
"""

_CSS = """
.compare { --cut: 50%; display: grid; position: relative; border-radius: .5rem; overflow: hidden; }
.compare > * { grid-area: 1 / 1; }
img { width: 100%; display: block; }
.after { clip-path: inset(0 0 0 var(--cut)); }
.divider { position: absolute; inset: 0 auto 0 var(--cut); width: 2px; margin-left: -1px; background: #fff;
  box-shadow: 0 0 4px #0009; }
.divider::after { content: "⟷"; position: absolute; top: 50%; left: 50%; width: 2.25rem; height: 2.25rem;
  transform: translate(-50%, -50%); display: grid; place-items: center; border-radius: 50%; background: #fff;
  color: #333; font: 1rem sans-serif; box-shadow: 0 0 4px #0006; }
.tag { position: relative; align-self: start; margin: .5rem; padding: .1rem .5rem; border-radius: 1rem;
  background: #000a; color: #fff; font: .8rem var(--st-font), sans-serif; }
.left { justify-self: start; }
.right { justify-self: end; }
/* The range input covers the picture, so that one can drag anywhere; a vertical swipe still scrolls the page. */
input { position: relative; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; touch-action: pan-y; }
.compare:has(input:focus-visible) { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""

_JS = """
export default function({ data, parentElement }) {
  const box = parentElement.querySelector(".compare");
  const show = (name, picture) => {
    const image = box.querySelector(name);
    if (image.src !== picture.src) image.src = picture.src;
    image.alt = picture.alt;
  };
  show(".before", data.before);
  show(".after", data.after);
  const range = box.querySelector("input");
  const move = () => box.style.setProperty("--cut", range.value + "%");
  range.oninput = move;
  move();
}
"""

_mount = st.components.v2.component("tryon.compare", html=_HTML, css=_CSS, js=_JS)


def compare(before: bytes, after: bytes, *, key: str) -> None:
    """Show two pictures of the same size over each other.

    Args:
        before: JPEG, seen left of the divider.
        after: JPEG, seen right of it.
        key: unique on the page.
    """
    _mount(
        data={
            "before": {"src": data_url(before), "alt": "The person photo as it was"},
            "after": {"src": data_url(after), "alt": "The person wearing the garment"},
        },
        key=key,
    )
