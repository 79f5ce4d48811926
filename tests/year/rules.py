"""What every member of the real year must end with, computed from the contract alone.

Shares no code with the stack. Money is an int of minor units, and every fraction is exact.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

# An account remembers the newest days of a promotion with `once`, as functions/README.md says.
DAYS_REMEMBERED = 3
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


@dataclass
class Purchase:
    """A purchase as it was recorded, and what became of it."""

    body: dict
    at: datetime
    tier: int
    # The promotions that only `once` kept out.
    limited: set[str] = field(default_factory=set)
    got: set[str] = field(default_factory=set)
    rules: "Rules | None" = None
    earned: int = 0
    # The month at whose end the points expire.
    expires: int = 0
    clawed: int = 0
    # Points that paid for it, by the month of their expiry.
    paid: list[tuple[int, int]] = field(default_factory=list)
    given_back: int = 0
    returned_lines: dict[int, int] = field(default_factory=dict)
    returned_amount: int = 0

    @property
    def points_paid(self) -> int:
        return sum(points for _, points in self.paid)


class Rules:
    """One version of a programme, read from the JSON that `PUT /v1/program` takes."""

    def __init__(self, program: dict) -> None:
        self.program = program
        self.zone = ZoneInfo(program["time_zone"])
        self.tiers = program.get("tiers", [])
        self.promotions = program.get("promotions", [])

    def local(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def table(self, base: int) -> int:
        earning = self.program["earning"]
        for bracket in earning["brackets"]:
            if bracket["up_to"] is None or base <= bracket["up_to"]:
                return base // earning["step_amount"] * bracket["points_per_step"]
        raise AssertionError("the last bracket has no end")

    def excluded(self, line: dict) -> bool:
        excluded = self.program["excluded"]
        return line["sku"] in excluded["skus"] or line["category"] in excluded["categories"]

    def rate(self, purchase: Purchase, used_up: set[str], returned: bool) -> tuple[int, set, set]:
        """Returns the points, the promotions that gave, and those that only `once` kept out."""
        body = purchase.body
        total = body["total"]["amount"]
        nets = [Fraction(line["amount"]["amount"]) for line in body["lines"]]
        left = total
        points_paid = purchase.points_paid
        if returned:
            by_lines = sum(purchase.returned_lines.values())
            left = total - by_lines - purchase.returned_amount
            share = Fraction(left, total - by_lines) if total > by_lines else Fraction(0)
            nets = [
                (net - purchase.returned_lines.get(place, 0)) * share
                for place, net in enumerate(nets)
            ]
            if total:
                points_paid -= points_paid * (total - left) // total
        paid = points_paid * (self.program.get("payment") or {}).get("amount_per_point", 0)
        counting = [
            (line, net) for line, net in zip(body["lines"], nets) if not self.excluded(line)
        ]
        net = sum((net for _, net in counting), Fraction(0))
        base = floor(net * (left - paid) / left) if left else 0
        if base <= 0:
            return 0, set(), set()
        of_table = self.table(base)
        of_tier = Fraction(self.tiers[purchase.tier - 1]["multiplier"]) if purchase.tier else 1
        shares: dict[str, Fraction] = {}
        bonuses: dict[str, int] = {}
        limited: set[str] = set()
        for line, line_net in counting:
            best, winner = Fraction(1), None
            for promotion in self.promotions:
                if not self.holds(promotion, purchase, line, left):
                    continue
                name, effect = promotion["id"], promotion["effect"]
                if name in used_up:
                    limited.add(name)
                elif "bonus_points" in effect:
                    bonuses[name] = effect["bonus_points"]
                elif Fraction(effect["multiplier"]) > best:
                    best, winner = Fraction(effect["multiplier"]), name
            if of_tier > best:
                best, winner = of_tier, "tier"
            if winner:
                extra = (best - 1) * of_table * line_net / net
                shares[winner] = shares.get(winner, Fraction(0)) + extra
        most = {one["id"]: one.get("points_max") for one in self.promotions}
        for name in shares:
            if most.get(name) is not None:
                shares[name] = min(shares[name], Fraction(most[name]))
        points = floor(of_table + sum(shares.values())) + sum(bonuses.values())
        got = {name for name, extra in shares.items() if extra > 0} | set(bonuses)
        return points, got - {"tier"}, limited

    def holds(self, promotion: dict, purchase: Purchase, line: dict, total: int) -> bool:
        begins, ends = promotion.get("from"), promotion.get("until")
        if begins and purchase.at < datetime.fromisoformat(begins):
            return False
        if ends and purchase.at >= datetime.fromisoformat(ends):
            return False
        skus, categories = promotion.get("skus", []), promotion.get("categories", [])
        if (skus or categories) and not (line["sku"] in skus or line["category"] in categories):
            return False
        weekdays = promotion.get("weekdays", [])
        if weekdays and WEEKDAYS[self.local(purchase.at).weekday()] not in weekdays:
            return False
        branches = promotion.get("branches", [])
        if branches and purchase.body["branch"].casefold() not in branches:
            return False
        if promotion.get("lowest_total") is not None and total < promotion["lowest_total"]:
            return False
        tiers = promotion.get("tiers", [])
        held = self.tiers[purchase.tier - 1]["id"] if purchase.tier else None
        return not tiers or held in tiers


class Member:
    """One member's points. Lots are named by the month at whose end they expire."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.lots: dict[int, int] = {}
        self.debt = 0
        self.tier = 0
        self.months: dict[int, int] = {}
        self.once: set[tuple[str, date]] = set()

    @property
    def points(self) -> int:
        return sum(self.lots.values())

    def credit(self, points: int, expires: int) -> None:
        pays = min(self.debt, points)
        self.debt -= pays
        self.lots[expires] = self.lots.get(expires, 0) + points - pays

    def spend(self, points: int) -> list[tuple[int, int]]:
        taken = []
        for expires in sorted(self.lots):
            part = min(self.lots[expires], points)
            if part:
                self.lots[expires] -= part
                points -= part
                taken.append((expires, part))
        assert points == 0, "only what is there is spent"
        return taken

    def claw(self, points: int, own: int) -> None:
        for expires in [own, *sorted(self.lots)]:
            part = min(self.lots.get(expires, 0), points)
            if part:
                self.lots[expires] -= part
                points -= part
        self.debt += points

    def expire(self, month: int) -> None:
        self.lots = {expires: points for expires, points in self.lots.items() if expires >= month}

    def window(self, month: int) -> int:
        months = self.rules.program["tier_rule"]["window_months"]
        return sum(points for one, points in self.months.items() if month - months < one <= month)

    def reached(self, month: int) -> int:
        given = self.window(month)
        return sum(1 for tier in self.rules.tiers if tier["threshold"] <= given)

    def month_begins(self, month: int) -> None:
        if self.reached(month) < self.tier:
            self.tier -= 1

    def count(self, purchase: Purchase, points: int, now: int) -> None:
        before = self.reached(now)
        month = month_of(self.rules.local(purchase.at))
        self.months[month] = self.months.get(month, 0) + points
        after = self.reached(now)
        if after > self.tier or points < 0 and after < before and after < self.tier:
            self.tier = after

    def used_up(self, rules: Rules, at: datetime) -> set[str]:
        day = rules.local(at)
        kinds = {one["id"]: one.get("once") for one in rules.promotions}
        return {
            name
            for name, marked in self.once
            if kinds.get(name) == "member" or kinds.get(name) == "day" and marked == day
        }

    def mark(self, purchase: Purchase, rules: Rules) -> None:
        day = rules.local(purchase.at)
        kinds = {one["id"]: one.get("once") for one in rules.promotions}
        for name in purchase.got:
            if kinds.get(name):
                days = {marked for one, marked in self.once if one == name} | {day}
                self.once = {mark for mark in self.once if mark[0] != name}
                self.once |= {(name, marked) for marked in sorted(days)[-DAYS_REMEMBERED:]}

    def record(self, body: dict, rules: Rules, now: int, points_paid: int = 0) -> Purchase:
        purchase = Purchase(body, datetime.fromisoformat(body["purchased_at"]), self.tier)
        purchase.rules = rules
        purchase.paid = self.spend(points_paid)
        used_up = self.used_up(rules, purchase.at)
        rated = rules.rate(purchase, used_up, returned=False)
        purchase.earned, purchase.got, purchase.limited = rated
        purchase.expires = self.expiry(purchase.at)
        if purchase.expires >= now:
            self.credit(purchase.earned, purchase.expires)
        self.mark(purchase, rules)
        self.count(purchase, purchase.earned, now)
        return purchase

    def expiry(self, at: datetime) -> int:
        return month_of(self.rules.local(at)) + self.rules.program["expiry"]["months"]

    def take_return(self, purchase: Purchase, now: int) -> tuple[int, int]:
        """Returns the points clawed and given back, once the purchase says what was returned."""
        rest, _, _ = purchase.rules.rate(purchase, purchase.limited, returned=True)
        claw = max(0, purchase.earned - rest - purchase.clawed)
        if purchase.expires < now:
            claw = 0
        purchase.clawed += claw
        self.claw(claw, purchase.expires)
        total = purchase.body["total"]["amount"]
        returned = purchase.returned_amount + sum(purchase.returned_lines.values())
        given_back = purchase.points_paid * returned // total if total else 0
        skip, back = purchase.given_back, given_back - purchase.given_back
        for expires, points in reversed(purchase.paid):
            skipped = min(skip, points)
            skip -= skipped
            part = min(points - skipped, back)
            back -= part
            self.credit(part, expires)
        self.expire(now)
        given_now = given_back - purchase.given_back
        purchase.given_back = given_back
        self.count(purchase, -claw, now)
        return claw, given_now

    def rerate(self, purchase: Purchase, rules: Rules, now: int) -> int:
        """Rates a purchase again under other rules, and returns the correction."""
        used_up = (self.used_up(rules, purchase.at) | purchase.limited) - purchase.got
        whole, got, limited = rules.rate(purchase, used_up, returned=False)
        left, _, _ = rules.rate(purchase, used_up, returned=True)
        correction = left - (purchase.earned - purchase.clawed)
        expired = purchase.expires < now
        if correction < 0 and expired:
            correction = 0
        if correction > 0:
            self.credit(correction, now + self.rules.program["expiry"]["months"])
        else:
            self.claw(-correction, purchase.expires)
        purchase.rules, purchase.earned = rules, whole
        purchase.clawed = purchase.clawed if expired else whole - left
        purchase.got, purchase.limited = got, limited
        self.mark(purchase, rules)
        if correction:
            self.count(purchase, correction, now)
        return correction
