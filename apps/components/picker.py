"""Choose one of several small pictures: a group of radio buttons that look like pictures."""

import streamlit as st

from apps.components import data_url

_HTML = """<div class="picker" role="radiogroup"></div>"""

_CSS = """
.picker { display: grid; grid-template-columns: repeat(4, 1fr); gap: .5rem; padding: 3px; }
label { position: relative; cursor: pointer; line-height: 0; }
input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
img { width: 100%; aspect-ratio: 3 / 4; object-fit: cover; border-radius: .4rem; }
input:checked + img { outline: 3px solid var(--st-primary-color); }
input:focus-visible + img { outline: 3px dashed var(--st-text-color); }
"""

_JS = """
export default function({ data, parentElement, setStateValue }) {
  const group = parentElement.querySelector(".picker");
  group.setAttribute("aria-label", data.label);
  if (group.childElementCount !== data.pictures.length) {
    group.replaceChildren(...data.pictures.map(({ name, alt, src }) => {
      const label = document.createElement("label");
      const input = Object.assign(document.createElement("input"), { type: "radio", name: data.label, value: name });
      const image = Object.assign(document.createElement("img"), { alt, src });
      input.setAttribute("aria-label", alt);
      image.setAttribute("aria-hidden", "true");
      input.onchange = () => setStateValue("name", name);
      label.append(input, image);
      return label;
    }));
    delete group.dataset.told;
  }
  // Only news from the server: the same data may come again after the visitor has chosen something else.
  if (group.dataset.told === data.chosen) return;
  group.dataset.told = data.chosen;
  for (const input of group.querySelectorAll("input")) input.checked = input.value === data.chosen;
}
"""

_mount = st.components.v2.component("tryon.picker", html=_HTML, css=_CSS, js=_JS)


def pick(label: str, pictures: dict[str, bytes], chosen: str, *, key: str) -> str:
    """Let the visitor choose a picture.

    Args:
        label: what is chosen, read out by a screen reader.
        pictures: JPEGs by name; the name is also the picture's description.
        chosen: the name that is chosen at first.
        key: unique on the page.

    Returns:
        The chosen name.
    """
    current = st.session_state.get(key, {}).get("name") or chosen
    result = _mount(
        data={
            "label": label,
            "chosen": current,
            "pictures": [{"name": name, "alt": name, "src": data_url(jpeg)} for name, jpeg in pictures.items()],
        },
        key=key,
        default={"name": chosen},
        on_name_change=lambda: None,
    )
    return result.name if result.name in pictures else chosen
