"""Plays three stories with the Python client that openapi-python-client generates from the document:
the first minute of the README, a till's day with retries, and an agent's reversal.

Runs by `with_stack.py`, with the generated package `puntos_client` on PYTHONPATH.
"""

import json
import os
import time
import urllib.request
from datetime import datetime, timezone

from puntos_client import AuthenticatedClient
from puntos_client.api.coupons import use_coupon
from puntos_client.api.members import change_member, enrol_member, get_member, search_members
from puntos_client.api.purchases import find_purchase, record_purchase
from puntos_client.api.redemptions import (
    find_redemption_by_key,
    list_redemptions,
    redeem,
    reverse_redemption,
)
from puntos_client.models import (
    GatewayRefusal,
    MemberAnswerPage,
    MoneyRequest,
    NotFoundProblem,
    ProfilePatch,
    ProfileRequest,
    PurchaseRequest,
    RedemptionRequest,
    ReversalRequest,
    TillMemberPage,
    UseRequest,
)

URL = os.environ["PUNTOS_URL"]


def client(token: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=URL, token=token)


till, agent = client(os.environ["POS"]), client(os.environ["AGENT"])


def call(operation, status: int, caller: AuthenticatedClient = till, *path, **arguments):
    """Calls an operation, and again after Retry-After while the stack is busy."""
    while True:
        answer = operation.sync_detailed(*path, client=caller, **arguments)
        if answer.status_code not in (429, 503):
            break
        time.sleep(int(answer.headers["Retry-After"]))
    assert answer.status_code == status, (answer.status_code, answer.content)
    assert answer.parsed is not None, answer.content
    return answer.parsed, answer.headers.get("Idempotency-Replayed") == "true"


def purchase(invoice_number: str, amount: int, card_number: str) -> PurchaseRequest:
    return PurchaseRequest(
        card_number=card_number,
        branch="msk-1",
        invoice_number=invoice_number,
        purchased_at=datetime.now(timezone.utc),
        total=MoneyRequest(amount=amount, currency="RUB"),
    )


def local(path: str, method: str = "GET"):
    request = urllib.request.Request(f"{URL}/local/{path}", method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def the_first_minute() -> None:
    profile = ProfileRequest(name="Анна Пример", email="anna@example.com", card_number="7701")
    call(enrol_member, 201, body=profile, idempotency_key="enrol-7701")
    earned, _ = call(record_purchase, 201, body=purchase("1", 129_990, "7701"))
    assert earned.points.earned == 120, earned
    page, _ = call(search_members, 200, agent, card_number="7701")
    assert isinstance(page, MemberAnswerPage) and page.data[0].balance.available == 120, page
    page, _ = call(search_members, 200, till, card_number="7701")
    assert isinstance(page, TillMemberPage) and page.data[0].first_name == "Анна", page
    wish = RedemptionRequest(card_number="7701", reward_id="rwd_coffee")
    redeemed, _ = call(redeem, 201, body=wish, idempotency_key="redeem-7701")
    local("settle", "POST")
    (mail,) = local("outbox?to=anna@example.com")["data"]
    assert redeemed.coupon.code in mail["text"], mail
    use = UseRequest(branch="msk-1", invoice_number="2")
    used, _ = call(use_coupon, 200, till, redeemed.coupon.code, body=use, idempotency_key="use-1")
    assert used.status == "used", used
    undo = ReversalRequest(reason="by accident")
    refused, _ = call(
        reverse_redemption, 409, agent, redeemed.redemption_id, body=undo, idempotency_key="undo-1"
    )
    assert refused.code == "coupon_used", refused


def a_tills_day_with_retries() -> None:
    profile = ProfileRequest(name="Bruno Beispiel", card_number="7702")
    first, replayed = call(enrol_member, 201, body=profile, idempotency_key="enrol-7702")
    again, replayed_again = call(enrol_member, 201, body=profile, idempotency_key="enrol-7702")
    assert (first.member_id, replayed, replayed_again) == (again.member_id, False, True)
    other = ProfileRequest(name="Somebody else")
    refused, _ = call(enrol_member, 422, body=other, idempotency_key="enrol-7702")
    assert refused.code == "idempotency_key_reused", refused
    refused, _ = call(enrol_member, 409, body=profile, idempotency_key="enrol-again")
    assert refused.code == "already_enrolled", refused
    assert refused.errors[0].field == "card_number", refused
    for number in range(5):
        body = purchase(f"day-{number}", 110_000, "7702")
        first, _ = call(record_purchase, 201, body=body)
        again, replayed = call(record_purchase, 201, body=body)
        assert (first.purchase_id, replayed) == (again.purchase_id, True), again
    refused, _ = call(record_purchase, 409, body=purchase("day-0", 1, "7702"))
    assert (refused.code, bool(refused.purchase_id)) == ("invoice_conflict", True), refused
    refused, _ = call(record_purchase, 404, body=purchase("day-9", 1, "nobody"))
    assert isinstance(refused, NotFoundProblem) and refused.errors[0].field == "card_number"
    refused, _ = call(record_purchase, 422, body=purchase("day-9", -1, "7702"))
    assert refused.errors[0].field == "total.amount", refused
    arrived, _ = call(find_purchase, 200, branch="msk-1", invoice_number="day-0")
    assert len(arrived.data) == 1, arrived
    wish = RedemptionRequest(card_number="7702", reward_id="nothing")
    refused, _ = call(redeem, 404, body=wish, idempotency_key="redeem-nothing")
    assert refused.errors[0].field == "reward_id", refused
    stranger = client("nonsense")
    refused, _ = call(search_members, 401, stranger, card_number="7702")
    assert isinstance(refused, GatewayRefusal) and refused.message == "Unauthorized", refused


def an_agents_reversal() -> None:
    wish = RedemptionRequest(card_number="7702", reward_id="rwd_coffee")
    redeemed, _ = call(redeem, 201, body=wish, idempotency_key="redeem-7702")
    proof, _ = call(find_redemption_by_key, 200, agent, "redeem-7702")
    assert proof.redemption_id == redeemed.redemption_id, proof
    member_id = redeemed.member_id
    page, _ = call(list_redemptions, 200, agent, member_id=member_id, limit=1)
    assert page.data[0].coupon.status == "issued", page
    # A page may be short and still carry a cursor.
    while page.next_cursor is not None:
        cursor = page.next_cursor
        page, _ = call(list_redemptions, 200, agent, member_id=member_id, limit=1, cursor=cursor)
        assert page.data == [], page
    before, _ = call(get_member, 200, agent, redeemed.member_id)
    body = ReversalRequest(reason="by accident")
    path = redeemed.redemption_id
    done, _ = call(reverse_redemption, 201, agent, path, body=body, idempotency_key="undo-2")
    assert done.points_restored == redeemed.points_spent, done
    again, _ = call(reverse_redemption, 200, agent, path, body=body, idempotency_key="undo-3")
    assert again.points_restored == done.points_restored, again
    after, _ = call(get_member, 200, agent, redeemed.member_id)
    assert after.balance.available == before.balance.available + done.points_restored, after
    # The patch sends only what is set: the card stays.
    patch = ProfilePatch(phone="+7 900 000-00-00")
    assert patch.to_dict() == {"phone": "+7 900 000-00-00"}, patch
    changed, _ = call(change_member, 200, agent, redeemed.member_id, body=patch)
    assert (changed.phone, changed.card_number) == ("+7 900 000-00-00", "7702"), changed


the_first_minute()
a_tills_day_with_retries()
an_agents_reversal()
print("the Python client played the first minute, a till's day and a reversal")
