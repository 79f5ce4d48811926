"""Plays a real year of a grocer: promotions, tiers, returns, paying with points, a wrong rule and its
re-rate, redemptions and reversals. Then holds every member's points, debt and tier against `rules.py`.

The data is not part of the project: `purchases.ndjson` has one body of `POST /v1/purchases` a line, oldest
first, with cards, branches and lines; `members.ndjson` the bodies of their members.

    python3 tests/year/play.py target/release/puntos DATA_DIR [--baskets N]
"""

import argparse
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from http.client import HTTPConnection
from zlib import crc32

from rules import Member, Purchase, Rules, month_of

PLAYED_ON = "2018-01-15T12:00:00-05:00"
HALF_A_YEAR_LATER = "2018-07-15T12:00:00-04:00"
REWARD_COST = 100
PROGRAM = {
    "time_zone": "America/New_York",
    "currency": "USD",
    "locale": "en",
    "pending_days": 0,
    "effective_from": "2016-01-01T00:00:00Z",
    "expiry": {"months": 12, "align": "month_end"},
    "earning": {
        "mode": "slab",
        "step_amount": 100,
        "brackets": [
            {"up_to": 2000, "points_per_step": 1},
            {"up_to": 10000, "points_per_step": 2},
            {"up_to": None, "points_per_step": 3},
        ],
    },
    "excluded": {"skus": [], "categories": ["FUEL"]},
    "promotions": [
        {"id": "produce", "name": "Greens", "categories": ["PRODUCE"],
         "effect": {"multiplier": "2"}},
        {"id": "weekend", "name": "Weekend", "weekdays": ["sat", "sun"],
         "from": "2017-03-01T00:00:00-05:00", "until": "2017-09-01T00:00:00-04:00",
         "effect": {"multiplier": "1.5"}},
        {"id": "big", "name": "Big basket", "lowest_total": 10000, "effect": {"bonus_points": 5}},
        {"id": "meat", "name": "Meat of the day", "categories": ["MEAT"], "once": "day",
         "points_max": 20, "effect": {"multiplier": "3"}},
        {"id": "first", "name": "The first 50", "lowest_total": 5000, "once": "member",
         "effect": {"bonus_points": 25}},
        {"id": "drug", "name": "Care for friends", "categories": ["DRUG GM"],
         "tiers": ["silver", "gold"], "effect": {"multiplier": "2.5"}},
        {"id": "corner", "name": "Corner shop", "branches": ["367", "361"],
         "effect": {"multiplier": "1.125"}},
    ],
    "tiers": [
        {"id": "silver", "name": "Silver", "threshold": 2000, "multiplier": "1.1"},
        {"id": "gold", "name": "Gold", "threshold": 6000, "multiplier": "1.25"},
    ],
    "tier_rule": {"by": "points", "window_months": 12, "down": "one_step"},
    "payment": {"amount_per_point": 1, "basket_percent_max": 50, "reservation_minutes": 30},
    "returns": {"negative": "debt"},
}


def corrected() -> dict:
    """The rules that should have held: a promotion was forgotten, and another gave too much."""
    program = json.loads(json.dumps(PROGRAM))
    program["promotions"][0]["effect"] = {"multiplier": "1.5"}
    program["promotions"].append(
        {"id": "deli", "name": "Deli week", "categories": ["DELI"], "branches": [],
         "from": "2017-05-01T00:00:00-04:00", "until": "2017-11-01T00:00:00-04:00",
         "effect": {"multiplier": "4"}}
    )
    return program


class Stack:
    """The stack under test, on a free port, with a connection for each thread."""

    def __init__(self, binary: str, program: dict) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.binary = binary
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(program, file)
        # On disk: a year is more than the gigabyte that SQLite keeps in memory.
        self.data = tempfile.mkdtemp()
        command = [binary, "serve", "--data", self.data, "--port", str(self.port)]
        command += ["--program", file.name]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.local = threading.local()
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.url}/local/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        self.tokens: dict[str, str] = {}
        for role in ("pos", "agent", "supervisor", "admin"):
            self.tokens[role] = self.call("", "POST", "/local/tokens", {"role": role})["token"]

    def call(self, role: str, method: str, path: str, body=None, key=None, expect=(200, 201, 202)):
        headers = {"Content-Type": "application/json"}
        if role:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body)
        for _ in range(60):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
                self.local.connection = connection
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status not in (429, 503):
                break
            time.sleep(int(answer.headers.get("Retry-After", "1")))
        if answer.status not in expect:
            sys.exit(f"{method} {path}: {answer.status} {text.decode()}\n{data}")
        return json.loads(text) if text else None

    def settle(self) -> None:
        while True:
            answer = self.call("", "POST", "/local/settle", expect=(200, 204, 504))
            if not answer or "status" not in answer or answer["status"] != 504:
                return

    def imported(self, file: pathlib.Path, role: str) -> None:
        command = [self.binary, "import", str(file), "--url", self.url]
        command += ["--token", self.tokens[role]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)


class Year:
    """The year as it is played, on the stack and in the computation."""

    def __init__(self, stack: Stack, data: pathlib.Path, baskets: int | None) -> None:
        self.stack, self.data = stack, data
        self.rules = Rules(PROGRAM)
        self.now = month_of(self.rules.local(datetime.fromisoformat(PLAYED_ON)))
        with open(data / "purchases.ndjson") as lines:
            bodies = [json.loads(line) for _, line in zip(range(baskets or 10**9), lines)]
        late = len(bodies) * 7 // 10
        chosen = lambda place, body: place >= late and crc32(body["invoice_number"].encode()) % 6 == 0
        self.paying = [body for place, body in enumerate(bodies) if chosen(place, body)]
        self.plain = [body for place, body in enumerate(bodies) if not chosen(place, body)]
        self.members: dict[str, Member] = {}
        self.ids: dict[str, str] = {}
        self.purchases: dict[str, list[Purchase]] = defaultdict(list)
        self.figures: list[str] = []

    def timed(self, what: str, work, count: int | None = None) -> None:
        began = time.monotonic()
        done = work()
        seconds = time.monotonic() - began
        count = count if count is not None else done
        line = f"{what}: {count} in {seconds:.0f} s"
        self.figures.append(f"{line}, {count / seconds:.0f} a second" if count else line)
        print(self.figures[-1], flush=True)

    def each_card(self, work) -> int:
        """Does one thing for every member, several members at a time. Returns the sum of the counts."""
        with ThreadPoolExecutor(8) as pool:
            return sum(done or 0 for done in pool.map(work, sorted(self.members)))

    def import_members(self) -> int:
        cards = {body["card_number"] for body in self.plain + self.paying}
        with open(self.data / "members.ndjson") as lines:
            rows = [line for line in lines if json.loads(line)["card_number"] in cards]
        file = pathlib.Path(tempfile.mkdtemp()) / "members.ndjson"
        file.write_text("".join(rows))
        self.stack.imported(file, "agent")
        self.members = {card: Member(self.rules) for card in cards}

        def find(card: str) -> None:
            found = self.stack.call("agent", "GET", f"/v1/members?card_number={card}")
            self.ids[card] = found["data"][0]["member_id"]

        self.each_card(find)
        return len(rows)

    def import_purchases(self) -> int:
        file = pathlib.Path(tempfile.mkdtemp()) / "purchases.ndjson"
        file.write_text("".join(json.dumps(body) + "\n" for body in self.plain))
        self.stack.imported(file, "pos")
        return len(self.plain)

    def compute_purchases(self) -> None:
        for body in self.plain:
            card = body["card_number"]
            purchase = self.members[card].record(body, self.rules, self.now)
            self.purchases[card].append(purchase)

    def pay_with_points(self) -> int:
        by_card = defaultdict(list)
        for body in self.paying:
            by_card[body["card_number"]].append(body)

        def pay(card: str) -> int:
            member = self.members[card]
            for body in by_card[card]:
                points = min(member.points, body["total"]["amount"] // 2) // 2
                if points > 0 and not member.debt:
                    wish = {"card_number": card, "points": points, "branch": body["branch"]}
                    key = f"pay-{body['invoice_number']}"
                    held = self.stack.call("pos", "POST", "/v1/reservations", wish, key)
                    paid = {"reservation_id": held["reservation_id"]}
                    body = {**body, **paid, "paid_with_points": held["value"]}
                else:
                    points = 0
                answer = self.stack.call("pos", "POST", "/v1/purchases", body)
                purchase = member.record(body, self.rules, self.now, points)
                self.purchases[card].append(purchase)
                earned = answer["points"]["earned"]
                if earned != purchase.earned:
                    sys.exit(f"{body['invoice_number']} earned {earned}, not {purchase.earned}")
            return len(by_card[card])

        return self.each_card(pay)

    def return_goods(self) -> int:
        def give_back(card: str) -> int:
            returns = 0
            for purchase in self.purchases[card]:
                if crc32(b"return" + purchase.body["invoice_number"].encode()) % 33 == 0:
                    returns += self.return_in_pieces(card, purchase)
            return returns

        return self.each_card(give_back)

    def return_in_pieces(self, card: str, purchase: Purchase) -> int:
        body, member = purchase.body, self.members[card]
        invoice = f"branch={body['branch']}&invoice_number={body['invoice_number']}"
        found = self.stack.call("pos", "GET", f"/v1/purchases?{invoice}")
        purchase_id = found["data"][0]["purchase_id"]
        skus = [line["sku"] for line in body["lines"]]
        total, pieces = body["total"]["amount"], []
        for place, line in enumerate(body["lines"]):
            if skus.count(line["sku"]) == 1 and line["quantity"] and line["amount"]["amount"]:
                fields = {"sku": line["sku"], "quantity": line["quantity"], "amount": line["amount"]}
                pieces.append(({"lines": [fields]}, place, line["amount"]["amount"]))
                break
        rest = total - sum(amount for _, _, amount in pieces)
        for part in (rest // 3, rest - rest // 3 if total % 2 else 0):
            if part:
                pieces.append(({"amount": {"amount": part, "currency": "USD"}}, None, part))
        for number, (goods, place, amount) in enumerate(pieces):
            name = f"{body['invoice_number']}-{number}"
            request = {"branch": body["branch"], "return_number": name, "returned_at": PLAYED_ON}
            path = f"/v1/purchases/{purchase_id}/returns"
            answer = self.stack.call("pos", "POST", path, request | goods)
            again = self.stack.call("pos", "POST", path, request | goods)
            if place is None:
                purchase.returned_amount += amount
            else:
                purchase.returned_lines[place] = amount
            computed = member.take_return(purchase, self.now)
            found = (answer["points_clawed_back"], answer["points_given_back"])
            if found != computed or again["return_id"] != answer["return_id"]:
                sys.exit(f"return {name}: {found}, not {computed}")
        return len(pieces)

    def correct_the_rule(self) -> int:
        program = corrected()
        written = self.stack.call("admin", "PUT", "/v1/program", program)
        wish = {"from": "2017-01-01", "to": "2017-12-31", "version": written["version"]}
        plan = self.rerated(wish | {"dry_run": True}, "plan")
        done = self.rerated(wish | {"dry_run": False}, "apply")
        again = self.rerated(wish | {"dry_run": False}, "again")
        rules = Rules(program)
        sums = {"points_now": 0, "points_then": 0}
        for card, member in self.members.items():
            member.rules = rules
            for purchase in self.purchases[card]:
                if "2017-01-01" <= str(rules.local(purchase.at)) <= "2017-12-31":
                    sums["points_now"] += purchase.earned - purchase.clawed
                    member.rerate(purchase, rules, self.now)
                    sums["points_then"] += purchase.earned - purchase.clawed
        self.rules = rules
        for name, answer in (("plan", plan), ("apply", done)):
            if {field: answer[field] for field in sums} != sums:
                sys.exit(f"{name}: {answer} instead of {sums}")
        if again["points_now"] != again["points_then"]:
            sys.exit(f"a second re-rate changes something: {again}")
        print({field: done[field] for field in ("purchases", "more", "less", *sums)})
        return done["purchases"]

    def rerated(self, wish: dict, key: str) -> dict:
        started = self.stack.call("admin", "POST", "/v1/program/rerates", wish, f"rerate-{key}")
        while True:
            self.stack.settle()
            path = f"/v1/program/rerates/{started['rerate_id']}"
            answer = self.stack.call("admin", "GET", path)
            if answer["status"] == "finished":
                return answer
            time.sleep(1)

    def redeem(self) -> int:
        reward = {"name": "Mug", "kind": "product", "points_cost": REWARD_COST, "valid_days": 365}
        self.stack.call("admin", "PUT", "/v1/rewards/mug", reward | {"active": True})

        def redeem(card: str) -> int:
            member = self.members[card]
            if member.debt or member.points < REWARD_COST or crc32(card.encode()) % 3:
                return 0
            wish = {"member_id": self.ids[card], "reward_id": "mug"}
            answer = self.stack.call("agent", "POST", "/v1/redemptions", wish, f"mug-{card}")
            taken = member.spend(REWARD_COST)
            if crc32(card.encode()) % 2:
                path = f"/v1/redemptions/{answer['redemption_id']}/reversal"
                self.stack.call("agent", "POST", path, {"reason": "by accident"}, f"back-{card}")
                for expires, points in taken:
                    member.credit(points, expires)
            return 1

        return self.each_card(redeem)

    def half_a_year_later(self) -> int:
        self.stack.call("", "PUT", "/local/clock", {"now": HALF_A_YEAR_LATER}, expect=(200, 204))
        later = month_of(self.rules.local(datetime.fromisoformat(HALF_A_YEAR_LATER)))
        for month in range(self.now + 1, later + 1):
            for member in self.members.values():
                member.month_begins(month)
                member.expire(month)
        self.now = later
        return self.compare()

    def compare(self) -> int:
        """Holds every member against the computation. Returns how many were held."""

        def held(card: str) -> int:
            member = self.members[card]
            answer = self.stack.call("agent", "GET", f"/v1/members/{self.ids[card]}")
            balance, tier = answer["balance"], (answer["tier"] or {}).get("id")
            found = (balance["available"], balance["debt"], tier)
            name = self.rules.tiers[member.tier - 1]["id"] if member.tier else None
            computed = (member.points, member.debt, name)
            if found != computed:
                sys.exit(f"{card} ({self.ids[card]}) has {found}, not {computed}")
            return 1

        return self.each_card(held)

    def report(self) -> int:
        self.stack.call("admin", "POST", "/v1/reports/runs", None, "year")
        self.stack.settle()
        answer = self.stack.call("admin", "GET", "/v1/reports/reconcile")
        if answer["difference"] or answer["chain"] != "whole":
            sys.exit(f"the reports found a difference: {answer}")
        print(answer)
        return answer["members"]


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("binary")
    args.add_argument("data", type=pathlib.Path)
    args.add_argument("--baskets", type=int)
    args = args.parse_args()
    stack = Stack(args.binary, PROGRAM)
    try:
        stack.call("", "PUT", "/local/clock", {"now": PLAYED_ON}, expect=(200, 204))
        year = Year(stack, args.data, args.baskets)
        year.timed("members", year.import_members)
        year.timed("purchases", year.import_purchases)
        year.compute_purchases()
        year.timed("members as computed", year.compare)
        year.timed("purchases, most paid in part with points", year.pay_with_points)
        year.timed("members as computed", year.compare)
        year.timed("returns, each sent twice", year.return_goods)
        year.timed("members as computed", year.compare)
        year.timed("purchases rated again, three times", year.correct_the_rule)
        year.timed("members as computed", year.compare)
        year.timed("redemptions, half of them reversed", year.redeem)
        year.timed("members as computed", year.compare)
        year.timed("members as computed half a year later", year.half_a_year_later)
        year.timed("members in the report", year.report)
        print("every member's points, debt and tier are as computed")
    finally:
        stack.process.terminate()
        stack.process.wait(timeout=60)
        shutil.rmtree(stack.data)


if __name__ == "__main__":
    main()
