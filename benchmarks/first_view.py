"""What a first visitor of a shop that was just started waits for: ``python benchmarks/first_view.py [--out FILE]``.

What each column means stands in ``benchmarks/README.md``.
"""

import argparse
import asyncio
import os
import shutil
import time
from pathlib import Path
from statistics import median

import rows
from soak import FLAGS, server, shop_command


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a first visitor of the shop waits for.")
    parser.add_argument("--runs", type=int, default=3, help="servers that are started one after the other")
    parser.add_argument("--out", type=Path, help="CSV file that a row is appended to")
    options = parser.parse_args()
    load, found = round(os.getloadavg()[0], 1), []
    for _ in range(options.runs):
        with server(shop_command(options), "/_stcore/health") as (_, address):
            found.append(asyncio.run(visit(address)))
    cards, tried = (round(median(times), 2) for times in zip(*found, strict=True))
    row = rows.facts() | {"load": load, "first_cards_s": cards, "first_try_on_s": tried, "runs": options.runs}
    print(f"first cards {cards} s, first try-on {tried} s")
    if options.out:
        rows.append(row, options.out)


async def visit(address: str) -> tuple[float, float]:
    """Seconds from the address to the first product; and from the fitting room's address to the result of the
    samples that it proposes, the first try-on of the server."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = await (await browser.new_context(reduced_motion="reduce")).new_page()
        page.set_default_timeout(120_000)
        start = time.monotonic()
        await page.goto(address)
        await page.get_by_role("list", name="Products").get_by_role("link").first.wait_for()
        cards = time.monotonic() - start
        start = time.monotonic()
        await page.goto(f"{address}/fitting")
        await page.get_by_role("button", name="Try it on").click()
        await page.get_by_role("button", name="Download PNG").wait_for()
        tried = time.monotonic() - start
        await browser.close()
    return cards, tried


if __name__ == "__main__":
    main()
