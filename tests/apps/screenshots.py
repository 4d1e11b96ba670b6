"""Pictures of the running shop, to be looked at."""

from pathlib import Path

from playwright.sync_api import Page

SCREENSHOTS = Path(__file__).parents[2] / "out" / "shop"


def screenshot(page: Page, name: str) -> None:
    """The whole page, which scrolls inside itself, as one picture."""
    width = page.viewport_size["width"]
    height = page.evaluate("Math.max(...[...document.querySelectorAll('*')].map(e => e.scrollHeight))")
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(500)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}_{width}.png")
