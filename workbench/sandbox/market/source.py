"""The world as the sandbox's Graph API server sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.sandbox.market import posts as page_posts
from workbench.sandbox.market import voices
from workbench.sandbox.market.activities import activities, pixel, pixel_stats
from workbench.sandbox.market.insights import Asked, insight_rows
from workbench.sandbox.market.leads import form_id, forms, leads
from workbench.sandbox.market.shapes import (
    Lazily,
    Shape,
    account_shape,
    instagram_id,
    object_shape,
    page_id,
    pixel_id,
    story_id,
)
from workbench.sandbox.market.state import Node

if TYPE_CHECKING:
    from workbench.sandbox.market.world import World

#: What the network's own client calls each kind of object.
TYPES = {"campaign": "Campaign", "adset": "AdSet", "ad": "Ad", "creative": "AdCreative"}
_LISTS = {"campaigns": "campaign", "adsets": "adset", "ads": "ad", "adcreatives": "creative"}
_POSTS = ("feed", "posts", "published_posts")
Found = Sequence[Mapping[str, Any]] | None


class MarketSource:
    """Answers what the server asks: objects, edges, reports and edits of a world.

    Parameters
    ----------
    world : World
        The market; edits go to it and are saved by it.

    Examples
    --------
    >>> from workbench.sandbox.market.world import World
    >>> source = MarketSource(World.simulate(n_days=30))
    >>> [account["currency"] for account in source.accounts()]
    ['EUR', 'USD', 'JPY']
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._posts: dict[tuple[int, int], page_posts.Posts] = {}

    def now(self) -> datetime:
        """Return the simulated moment, in UTC."""
        return self.world.now

    def accounts(self) -> Sequence[Shape]:
        """Return the ad accounts."""
        return [
            _typed(account_shape(self.world.state, i), "AdAccount")
            for i in range(len(self.world.state.accounts))
        ]

    def node(self, object_id: str) -> Shape | None:
        """Return an object by its id, or None; ``metadata.type`` is what the network's client calls it."""
        state = self.world.state
        if object_id in state.nodes:
            node = state.nodes[object_id]
            return _typed(object_shape(state, node), TYPES[node["kind"]])
        for i in range(len(state.accounts)):
            fixed: dict[str, Callable[[int], Shape]] = {
                f"act_{state.accounts[i]['account_id']}": lambda n: self.accounts()[n],
                page_id(i): self._page,
                instagram_id(i): self._profile,
                pixel_id(i): lambda n: _typed(pixel(self.world, n), "AdsPixel"),
            }
            if object_id in fixed:
                return fixed[object_id](i)
        return self._small_node(object_id)

    def edge(self, parent_id: str, edge: str) -> Found:
        """Return the objects at an edge in a stable order, or None if there is no such edge."""
        if parent_id == "me":
            return {"adaccounts": self.accounts(), "accounts": self._pages()}.get(edge)
        state = self.world.state
        if parent_id in state.nodes:
            return self._object_edge(state.nodes[parent_id], edge)
        for i, account in enumerate(state.accounts):
            edges: dict[str, Callable[[int, str], Found]] = {
                f"act_{account['account_id']}": self._account_edge,
                page_id(i): self._page_edge,
                instagram_id(i): self._profile_edge,
                pixel_id(i): self._pixel_edge,
            }
            if parent_id in edges:
                return edges[parent_id](i, edge)
        return self._small_edge(parent_id, edge)

    def insights(self, asked: Asked) -> Iterator[dict[str, Any]]:
        """Yield a report's rows as they are known now."""
        return insight_rows(self.world, asked)

    def change(self, object_id: str, params: Mapping[str, Any]) -> None:
        """Edit an object from the next simulated day on."""
        self.world.change(object_id, params)

    def create(self, parent_id: str, edge: str, params: Mapping[str, Any]) -> str:
        """Make an object and return its id."""
        return self.world.create_object(parent_id, edge, params)

    def _objects(self, kind: str, keep: Callable[[Node], bool]) -> Sequence[Shape]:
        state = self.world.state
        found = [node for node in state.nodes.values() if node["kind"] == kind and keep(node)]
        return Lazily(len(found), lambda i: _typed(object_shape(state, found[i]), TYPES[kind]))

    def _account_edge(self, account: int, edge: str) -> Found:
        if edge in _LISTS:
            return self._objects(_LISTS[edge], lambda node: bool(node["account"] == account))
        if edge == "activities":
            return activities(self.world, account)
        if edge == "adspixels":
            return [_typed(pixel(self.world, account), "AdsPixel")]
        return [self._page(account)] if edge == "promote_pages" else None

    def _object_edge(self, node: Node, edge: str) -> Found:
        kind, own = node["kind"], node["id"]
        if (kind, edge) in (("campaign", "adsets"), ("adset", "ads")):
            return self._objects(_LISTS[edge], lambda child: bool(child["parent"] == own))
        if (kind, edge) == ("campaign", "ads"):
            nodes = self.world.state.nodes
            return self._objects("ad", lambda ad: bool(nodes[ad["parent"]]["parent"] == own))
        if (kind, edge) == ("ad", "adcreatives"):
            return self._objects("creative", lambda creative: bool(creative["id"] == node["creative_id"]))
        return leads(self.world, own) if (kind, edge) == ("ad", "leads") else None

    def _page_edge(self, account: int, edge: str) -> Found:
        if edge in _POSTS:
            posts = self._posts_of(account)
            n = len(posts.day)
            return Lazily(n, lambda i: page_posts.post_shape(self.world, posts, n - 1 - i))
        if edge == "leadgen_forms":
            return [_typed(form, "LeadgenForm") for form in forms(self.world, account)]
        if edge == "conversations":
            return voices.conversations(self.world, account)
        return voices.mentions(self.world, account) if edge == "tagged" else None

    def _profile_edge(self, account: int, edge: str) -> Found:
        if edge == "media":
            posts = self._posts_of(account)
            n = len(posts.day)
            return Lazily(n, lambda i: page_posts.media_shape(self.world, posts, n - 1 - i))
        return [] if edge == "tags" else None

    def _pixel_edge(self, account: int, edge: str) -> Found:
        return pixel_stats(self.world, account) if edge == "stats" else None

    def _small_edge(self, parent_id: str, edge: str) -> Found:
        """Return the edges of forms, posts, stories of ads, and conversations."""
        if edge == "messages":
            return voices.messages(self.world, parent_id)
        if edge == "leads":
            campaign = self._campaign_of_form(parent_id)
            return None if campaign is None else leads(self.world, campaign["id"])
        story = self._story(parent_id)
        if story is not None:
            return voices.comments_of_ad(self.world, story, parent_id) if edge == "comments" else None
        place = self._post(parent_id)
        return None if place is None else self._post_edge(parent_id, place, edge)

    def _post_edge(self, own: str, place: tuple[page_posts.Posts, int], edge: str) -> Found:
        posts, i = place
        if edge == "comments":
            return voices.comments_of_post(self.world, posts, i, own)
        if edge == "insights":
            on_page = "_" in own
            return page_posts.post_insights(posts, i) if on_page else page_posts.media_insights(posts, i)
        if edge == "attachments":
            return page_posts.post_attachments(posts, i)
        if edge == "reactions":
            return Lazily(int(posts.counts["reactions"][i]), lambda k: {"id": f"8{k:014d}", "type": "LIKE"})
        return None

    def _small_node(self, object_id: str) -> Shape | None:
        campaign = self._campaign_of_form(object_id)
        if campaign is not None:
            found = forms(self.world, campaign["account"])
            return next(_typed(form, "LeadgenForm") for form in found if form["id"] == object_id)
        story = self._story(object_id)
        if story is not None:
            return {"id": object_id, "message": story.get("body", ""), "metadata": {"type": "PagePost"}}
        place = self._post(object_id)
        if place is not None:
            shape = page_posts.post_shape if "_" in object_id else page_posts.media_shape
            return shape(self.world, *place)
        return voices.conversation(self.world, object_id)

    def _campaign_of_form(self, object_id: str) -> Node | None:
        campaigns = self.world.state.of_kind("campaign")
        leading = (c for c in campaigns if c["objective"] == "OUTCOME_LEADS")
        return next((c for c in leading if form_id(c) == object_id), None)

    def _story(self, object_id: str) -> Node | None:
        if "_9" not in object_id:
            return None
        creatives = self.world.state.of_kind("creative")
        return next((c for c in creatives if story_id(c) == object_id), None)

    def _post(self, object_id: str) -> tuple[page_posts.Posts, int] | None:
        day = object_id[-6:]
        for account in range(len(self.world.state.accounts)) if day.isdigit() else ():
            known = (page_posts.post_id(account, int(day)), page_posts.media_id(account, int(day)))
            posts = self._posts_of(account)
            at = posts.day.searchsorted(int(day))
            if object_id in known and at < len(posts.day) and posts.day[at] == int(day):
                return posts, int(at)
        return None

    def _posts_of(self, account: int) -> page_posts.Posts:
        key = (account, self.world.state.n_days)
        if key not in self._posts:
            self._posts = {k: v for k, v in self._posts.items() if k[1] == key[1]}
            self._posts[key] = page_posts.posts_of(self.world, account)
        return self._posts[key]

    def _pages(self) -> list[Shape]:
        return [self._page(i) for i in range(len(self.world.state.accounts))]

    def _page(self, account: int) -> Shape:
        spec = self.world.state.accounts[account]
        return {
            "id": page_id(account),
            "name": spec["name"],
            "category": "Shopping & retail",
            "fan_count": int(spec["followers"]),
            "followers_count": int(spec["followers"]),
            "instagram_business_account": {"id": instagram_id(account)},
            "metadata": {"type": "Page"},
        }

    def _profile(self, account: int) -> Shape:
        spec = self.world.state.accounts[account]
        return {
            "id": instagram_id(account),
            "username": "sample_company",
            "name": spec["name"],
            "followers_count": int(spec["followers"] * 2 // 3),
            "media_count": len(self._posts_of(account).day),
            "metadata": {"type": "IGUser"},
        }


def _typed(shape: Shape, name: str) -> Shape:
    return {**shape, "metadata": {"type": name}}
