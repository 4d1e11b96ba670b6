"""Whether everything can be read in both themes, and by people who see no picture: measured in the running shop."""

import shutil
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from apps import SHOP

RESULT_MS = 180_000
# Of each text that is seen: its contrast against what lies behind it, as WCAG 2 defines it, and what it needs.
CONTRASTS = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => below.slice(0, 3).map((v, i) => top[i] * top[3] + v * (1 - top[3])).concat(1);
  const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (rgb) => [0.2126, 0.7152, 0.0722].reduce((sum, part, i) => sum + part * linear(rgb[i]), 0);
  const up = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
  const sheet = parse(getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor);
  const found = [];
  const visit = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) visit(element.shadowRoot);
      const text = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent).join(" ").trim();
      const box = element.getBoundingClientRect(), style = getComputedStyle(element);
      if (!text || !box.width || style.visibility === "hidden" || /SCRIPT|STYLE/.test(element.tagName)) continue;
      if (element.closest("[disabled], [aria-disabled=true]")) continue;
      const x = box.left + box.width / 2, y = box.top + box.height / 2, layers = [];
      let opacity = 1;
      for (let node = element; node; node = up(node)) {
        const area = node.getBoundingClientRect(), { opacity: own, backgroundColor } = getComputedStyle(node);
        opacity *= Number(own);
        if (x >= area.left && x <= area.right && y >= area.top && y <= area.bottom) layers.push(parse(backgroundColor));
      }
      if (!opacity) continue;
      const ground = layers.reverse().reduce((below, layer) => over(layer, below), sheet);
      const [r, g, b, a] = parse(style.color);
      const lights = [light(over([r, g, b, a * opacity], ground)), light(ground)];
      const [low, high] = lights.sort((one, other) => one - other);
      const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
      found.push([(high + 0.05) / (low + 0.05), size >= 24 || (bold && size >= 18.66) ? 3 : 4.5, text.slice(0, 60)]);
    }
  };
  visit(document);
  return found;
}
"""
# Pictures without a description, and what can be used and has no name.
NAMELESS = """
() => {
  const found = [];
  const visit = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) visit(element.shadowRoot);
      if (!element.getBoundingClientRect().width) continue;
      const { tagName, textContent, title, labels } = element;
      const named = textContent.trim() || title || element.getAttribute("aria-label") || labels?.length
        || element.getAttribute("aria-labelledby") || element.querySelector("[alt]:not([alt=''])");
      if (tagName === "IMG" ? !element.hasAttribute("alt") : /^(BUTTON|A|SELECT|INPUT)$/.test(tagName) && !named)
        found.push(element.outerHTML.slice(0, 200));
    }
  };
  visit(document);
  return found;
}
"""


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_colors_of_the_themes():
    assert round(contrast("#ffffff", "#767676"), 2) == 4.54  # the lightest gray that can be read on white
    themes = tomllib.loads((SHOP.parent / ".streamlit" / "config.toml").read_text())["theme"]
    for theme, on_primary in ((themes["light"], "#ffffff"), (themes["dark"], "#000000")):
        for ground in ("backgroundColor", "secondaryBackgroundColor"):
            assert contrast(theme["textColor"], theme[ground]) >= 7
            assert contrast(theme["primaryColor"], theme[ground]) >= 4.5
        assert contrast(on_primary, theme["primaryColor"]) >= 4.5


def read(page: Page) -> None:
    """Everything that is seen now can be read."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    for _ in range(20):  # what is drawn anew fades in, and a busy server draws it bit by bit
        texts = page.evaluate(CONTRASTS)
        faint = [one for one in texts if one[0] < one[1]]
        if not faint and len(texts) > 10:
            break
        page.wait_for_timeout(500)
    assert faint == []
    assert len(texts) > 10
    assert page.evaluate(NAMELESS) == []


@pytest.mark.e2e
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(chromium: Browser, address: str, scheme: str, samples: list[Path]):
    page = chromium.new_page(viewport={"width": 1280, "height": 850}, color_scheme=scheme, reduced_motion="reduce")
    page.set_default_timeout(RESULT_MS)
    page.goto(address)
    page.get_by_role("list", name="Products").get_by_role("link").first.wait_for()
    page.get_by_text("Filters").click()
    page.get_by_test_id("stButtonGroup").get_by_text("Shirts", exact=True).click()
    read(page)
    page.goto(f"{address}/?category=Hats&search=zebra")
    page.get_by_text("No product is like that").wait_for()
    read(page)
    page.goto(f"{address}/product?item=oxford-shirt")
    page.get_by_test_id("stButtonGroup").get_by_text("XXL").click()
    page.get_by_role("button", name="Add to bag").click()
    page.get_by_text("is in your bag").wait_for()
    read(page)
    page.get_by_role("link", name="To the bag").click()
    page.get_by_role("button", name="Place order").click()
    page.get_by_text("The name is missing.").wait_for()
    read(page)
    page.goto(f"{address}/about")
    page.get_by_role("heading", name="About the fitting room").wait_for()
    read(page)
    page.goto(f"{address}/fitting")
    page.locator(".st-key-person_source").get_by_text("Upload").click()
    page.get_by_text("Not so good").wait_for()
    read(page)
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(str(samples[0]))
    page.get_by_text("Arms cover").wait_for()
    page.get_by_role("button", name="Try it on").click()
    page.get_by_role("button", name="Download PNG").wait_for()
    page.get_by_text("Show steps").click()
    page.get_by_text("Correct the machine").click()
    page.get_by_role("radio", name="Comes off").wait_for()
    read(page)
    page.get_by_role("radio", name="Move points").first.check(force=True)
    page.get_by_role("button", name="Options").click()
    page.get_by_text("Straighten the pose first").wait_for()
    read(page)
    page.close()
