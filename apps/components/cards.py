"""A grid of products: pictures with title and price, each a link. Two in a row on a phone."""

from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from apps.components import data_url

_HTML = """<ul class="cards"></ul>"""

_CSS = """
.cards { list-style: none; margin: 0; padding: 3px; display: grid; gap: 1.25rem 1rem;
  grid-template-columns: repeat(auto-fill, minmax(clamp(9.5rem, 22%, 16rem), 1fr)); }
a { display: block; color: var(--st-text-color); text-decoration: none; border-radius: .5rem; }
a:hover .title, a:focus-visible .title { text-decoration: underline; }
a:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 3px; }
img, .none { width: 100%; aspect-ratio: 3 / 4; object-fit: cover; border-radius: .5rem; display: block;
  background: var(--st-secondary-background-color); }
.none { display: grid; place-items: center; }
.title { margin-top: .5rem; font-weight: 600; }
.title, .price, .note { display: block; font-family: var(--st-font); line-height: 1.35; }
.note { font-size: .875rem; }
"""

_JS = """
export default function({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".cards");
  const told = JSON.stringify(data.cards.map(({ picture, ...rest }) => rest));
  if (list.dataset.told === told) return;
  list.dataset.told = told;
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(...data.cards.map(({ name, title, price, note, picture }) => {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: data.page + encodeURIComponent(name) });
    const shown = picture
      ? Object.assign(document.createElement("img"), { src: picture, alt: "" })
      : Object.assign(document.createElement("span"), { className: "none", textContent: "No picture" });
    const texts = [["title", title], ["price", price], ["note", note]]
      .filter(([, text]) => text)
      .map(([className, textContent]) => Object.assign(document.createElement("span"), { className, textContent }));
    link.append(shown, ...texts);
    // Within the visit, which a new page would end; another tab opens by the address.
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      setTriggerValue("open", name);
    };
    item.append(link);
    return item;
  }));
}
"""

_mount = st.components.v2.component("tryon.cards", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True)
class Card:
    """A product in the grid."""

    name: str
    """Its handle."""
    title: str
    price: str
    note: str
    picture: bytes | None
    """JPEG."""


def cards(label: str, shown: list[Card], page: str, *, key: str) -> str | None:
    """Show products.

    Args:
        label: what they are, read out by a screen reader.
        shown: the products.
        page: address of a product's page, to which its name is added.
        key: unique on the page.

    Returns:
        The name of the product whose card was clicked just now.
    """
    facts: list[dict[str, Any]] = [
        asdict(one) | {"picture": data_url(one.picture) if one.picture else None} for one in shown
    ]
    result = _mount(data={"label": label, "page": page, "cards": facts}, key=key, on_open_change=lambda: None)
    return result.open
