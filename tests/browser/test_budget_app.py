"""The Budget page in a real browser: whole, accessible, quick to plan again, by pointer and by keyboard."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from kept_mix import keep_mix

WHEN_READY = 60_000
LIMITS = quote('{"bounds":{"Retargeting":[null,"1200"]},"groups":[{"items":["Lead form"],"max":"900"}]}')
DRAGGED = """async (percents) => {
  const slider = document.querySelector('.wb-plan input[type=range]:not([disabled])');
  const shown = () => document.querySelector('.wb-finding').textContent
    + [...document.querySelectorAll('.wb-w640 svg.wb-w')].map((figure) => figure.outerHTML).join('');
  const drawn = [shown()];
  for (const percent of percents) {
    slider.value = percent;
    slider.dispatchEvent(new Event('input'));
    await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`${percent} % left the figure as it was`)), 60000);
      const watch = new MutationObserver(() => {
        if (shown() === drawn.at(-1)) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(resolve, 0));
      });
      watch.observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    drawn.push(shown());
  }
  return drawn;
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("budget-home")
    keep_mix(folder / "runs", n_draws=4000)
    return folder


@pytest.fixture(scope="module")
def served(serve_pages_to_all, home):
    """Serve the page alone, with one kept run, to tests that draft nothing."""
    return serve_pages_to_all("budget", home=home)


@pytest.fixture
def axe() -> Iterator[object]:
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def ready(page) -> None:
    page.get_by_role("button", name="XLSX").wait_for(timeout=WHEN_READY)
    page.locator(".wb-plan input[type=range]:not([disabled])").first.wait_for(timeout=WHEN_READY)
    page.locator(".wb-first").first.wait_for(state="detached", timeout=WHEN_READY)


def lead(page) -> str:
    return page.locator(".wb-live .wb-lead").first.inner_text()


def wait_for_lead(page, words: str) -> None:
    page.locator(".wb-live .wb-lead", has_text=re.compile(words)).first.wait_for(timeout=WHEN_READY)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_answer_is_whole_quiet_and_accessible(  # noqa: PLR0917 - fixtures and parameters
    served, visit, axe, scheme, width
):
    asked = [
        ("", "^Move €"),
        ("#total=4000&caution=50", "^Spend"),
        ("#total=9000&step=10", "^Move €"),  # cannot be kept: the plan before stays
    ]
    if (scheme, width) in {("light", 390), ("dark", 1440)}:
        asked.append(("#periods=2&limits=" + LIMITS, "^Move €[\\d,]+ over 2 weeks"))
    for fragment, said in asked:
        seen = visit(
            f"{served.url}app/budget{fragment}",
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
        )
        ready(seen.page)
        wait_for_lead(seen.page, said)
        if "limits" in fragment:
            seen.page.locator(".wb-limits", has_text="Retargeting at most 1200 EUR").wait_for(
                timeout=WHEN_READY
            )
            seen.page.locator(".wb-limits").evaluate("node => { node.open = true; }")
            seen.page.get_by_role("button", name="Add a group").wait_for(timeout=WHEN_READY)
        if "step" in fragment:
            seen.page.locator(".wb-plan .wb-said", has_text="total").wait_for(timeout=WHEN_READY)
        seen.page.wait_for_timeout(500)
        assert seen.requests_outside == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        found = axe.run(seen.page)
        assert found.violations_count == 0, found.generate_report()
        assert seen.complaints == []
        assert seen.page.locator(".wb-error").count() == 0
        seen.leave()


def test_every_step_of_a_dragged_total_draws_a_plan_of_its_own(served, visit):
    page = visit(served.url + "app/budget").page
    ready(page)
    drawn = page.evaluate(DRAGGED, [-10, 5, -20])
    assert len(set(drawn)) == 4, "a step left the figure as it was"
    wait_for_lead(page, "^Spend")  # a fifth less: the last plan is the last step's
    page.wait_for_url(re.compile("total="), timeout=WHEN_READY)


def test_an_act_made_before_the_answer_is_never_undone_by_it(served, visit):
    page = visit(served.url + "app/budget").page
    ready(page)
    held = page.evaluate("""async () => {
      const boxes = document.querySelectorAll('.wb-locks input');
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      boxes[0].click();
      await frame();
      boxes[2].click();  // the answer to the first is on its way
      let kept = true;
      const end = performance.now() + 60000;
      do {
        kept = kept && boxes[2].isConnected && boxes[2].checked;
        await frame();
      } while (document.querySelector('.wb-plan').hasAttribute('aria-busy') && performance.now() < end);
      return [kept, boxes[0].checked, boxes[1].checked, boxes[2].checked];
    }""")
    assert held == [True, True, False, True]


def test_the_keyboard_moves_the_sliders_locks_and_drafts(serve_pages, home, visit, tmp_path):
    from playwright.sync_api import expect

    shutil.copytree(home / "runs", tmp_path / "own" / "runs")  # a draft is in the record of its home
    page = visit(serve_pages("budget", home=tmp_path / "own").url + "app/budget").page
    ready(page)
    total = page.get_by_role("slider", name="Total")
    total.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    wait_for_lead(page, "more, split as below")
    page.wait_for_url(re.compile("total="), timeout=WHEN_READY)
    assert "(+3 %)" in total.get_attribute("aria-valuetext")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    wait_for_lead(page, "more, split as below")
    for _ in range(3):  # past the largest step and the number of periods
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("lock=Retargeting"), timeout=WHEN_READY)
    assert "caution=100" in page.url
    small = page.locator(".wb-small-one", has_text="Retargeting")
    small.get_by_text("locked").wait_for(timeout=WHEN_READY)
    page.get_by_role("button", name="Make a draft for approval").press("Enter")
    page.get_by_text(re.compile(r"raft \d+ (is written|already): sandbox, €")).wait_for(timeout=WHEN_READY)
    expect(page.get_by_role("button", name="Make a draft for approval")).to_be_disabled(timeout=WHEN_READY)


def test_a_typed_limit_is_kept_or_said_at_its_field_and_an_experiment_is_priced(served, visit):
    page = visit(served.url + "app/budget").page
    ready(page)
    page.locator(".wb-limits summary").click()
    most = page.get_by_label("At most, Retargeting")
    most.fill("much")
    page.locator(".wb-limits .wb-said", has_text="is no amount").wait_for(timeout=WHEN_READY)
    assert most.get_attribute("aria-invalid") == "true"
    most.fill("1200")
    page.locator(".wb-limits summary", has_text="Retargeting at most 1200 EUR").wait_for(timeout=WHEN_READY)
    page.get_by_role("button", name="Add a group").click()
    group = page.get_by_role("group", name="Group 1")
    group.get_by_label("Lead form").check()
    group.get_by_label("At most, group 1").fill("900")
    page.locator(".wb-limits summary", has_text="group 1 at most 900 EUR").wait_for(timeout=WHEN_READY)
    page.wait_for_url(re.compile("limits="), timeout=WHEN_READY)
    page.locator(".wb-teach", has_text=re.compile("over the next 12 months")).wait_for(timeout=WHEN_READY)


def test_a_link_shows_the_same_plan_and_a_file_needs_no_server(served, visit, tmp_path):
    from playwright.sync_api import expect

    seen = visit(served.url + "app/budget#total=7000&lock=Lookalike%252C%201%20%2525", accept_downloads=True)
    ready(seen.page)
    wait_for_lead(seen.page, "more, split as below")
    expect(seen.page.get_by_role("checkbox", name="Lookalike, 1 %")).to_be_checked(timeout=WHEN_READY)
    for button in ("Save as file", "XLSX"):
        with seen.page.expect_download(timeout=WHEN_READY) as waiting:
            seen.page.get_by_role("button", name=button).click()
        waiting.value.save_as(tmp_path / waiting.value.suggested_filename)
    saved = visit((tmp_path / "budget.html").as_uri())
    assert saved.requests == [(tmp_path / "budget.html").as_uri()]
    assert saved.page.locator(".wb-lead").first.inner_text() == lead(seen.page)
    assert (tmp_path / "budget.xlsx").read_bytes()[:2] == b"PK"


def test_without_a_run_it_says_how_to_make_one_and_shows_it_once_made(serve_pages, visit, axe, tmp_path):
    empty = tmp_path / "empty"
    server = serve_pages("budget", home=empty)
    seen = visit(server.url + "app/budget")
    seen.page.get_by_text("There is no model run yet").first.wait_for(timeout=WHEN_READY)
    seen.page.get_by_role("button", name="XLSX").wait_for(timeout=WHEN_READY)
    seen.page.wait_for_timeout(500)
    assert axe.run(seen.page).violations_count == 0
    assert seen.complaints == []
    keep_mix(empty / "runs", n_draws=400)
    page = visit(server.url + "app/budget").page
    ready(page)
    wait_for_lead(page, "^Move €")
