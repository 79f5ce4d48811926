// Plays three stories with the TypeScript client: the types that openapi-typescript generates from the
// document, and openapi-fetch. The stories are those of play.py.

import createClient from "openapi-fetch";
import type { components, paths } from "./puntos";

type Schemas = components["schemas"];

const url = setting("PUNTOS_URL");
const caller = (token: string) =>
  createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
const till = caller(setting("POS"));
const agent = caller(setting("AGENT"));

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}

function check(holds: boolean, what: unknown): asserts holds {
  if (!holds) throw new Error(JSON.stringify(what));
}

/** Sends a request, and again after Retry-After while the stack is busy. */
async function patient<T extends { response: Response }>(send: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await send();
    if (![429, 503].includes(answer.response.status)) return answer;
    const seconds = Number(answer.response.headers.get("Retry-After"));
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

const replayed = (response: Response) => response.headers.get("Idempotency-Replayed") === "true";
const keyed = (key: string) => ({ header: { "Idempotency-Key": key } });

const enrol = (body: Schemas["ProfileRequest"], key: string) =>
  patient(() => till.POST("/v1/members", { body, params: keyed(key) }));

const buy = (invoice_number: string, amount: number, card_number: string) => {
  const purchased_at = new Date().toISOString();
  const total = { amount, currency: "RUB" };
  const body = { card_number, branch: "msk-1", invoice_number, purchased_at, total };
  return patient(() => till.POST("/v1/purchases", { body }));
};

const redeem = (card_number: string, reward_id: string, key: string) =>
  patient(() =>
    till.POST("/v1/redemptions", { body: { card_number, reward_id }, params: keyed(key) }),
  );

const reverse = (redemption_id: string, key: string) =>
  patient(() =>
    agent.POST("/v1/redemptions/{redemption_id}/reversal", {
      body: { reason: "by accident" },
      params: { path: { redemption_id }, ...keyed(key) },
    }),
  );

async function theFirstMinute(): Promise<void> {
  await enrol({ name: "Анна Пример", email: "ana@example.com", card_number: "8801" }, "enrol-8801");
  const earned = await buy("ts-1", 129_990, "8801");
  check(earned.data?.points?.earned === 120, earned);
  const query = { card_number: "8801" };
  const seen = await patient(() => agent.GET("/v1/members", { params: { query } }));
  const member = seen.data?.data[0];
  check(member !== undefined && "name" in member && member.balance.available === 120, seen);
  const short = await patient(() => till.GET("/v1/members", { params: { query } }));
  const owner = short.data?.data[0];
  check(owner !== undefined && "first_name" in owner && owner.first_name === "Анна", short);
  const redeemed = await redeem("8801", "rwd_coffee", "redeem-8801");
  check(redeemed.data !== undefined, redeemed);
  const { code } = redeemed.data.coupon;
  await fetch(`${url}/local/settle`, { method: "POST" });
  const outbox = await (await fetch(`${url}/local/outbox?to=ana@example.com`)).text();
  check(outbox.includes(code), outbox);
  const used = await patient(() =>
    till.POST("/v1/coupons/{code}/use", {
      body: { branch: "msk-1", invoice_number: "ts-2" },
      params: { path: { code }, ...keyed("ts-use-1") },
    }),
  );
  check(used.data?.status === "used", used);
  const refused = await reverse(redeemed.data.redemption_id, "ts-undo-1");
  check(refused.error !== undefined && "code" in refused.error, refused);
  check(refused.error.code === "coupon_used", refused);
}

async function aTillsDayWithRetries(): Promise<void> {
  const profile = { name: "Bruno Beispiel", card_number: "8802" };
  const first = await enrol(profile, "enrol-8802");
  const again = await enrol(profile, "enrol-8802");
  check(first.data?.member_id === again.data?.member_id, again);
  check(!replayed(first.response) && replayed(again.response), again);
  const reused = await enrol({ name: "Somebody else" }, "enrol-8802");
  check(reused.response.status === 422, reused);
  for (let number = 0; number < 5; number += 1) {
    const sent = await buy(`ts-day-${number}`, 110_000, "8802");
    const resent = await buy(`ts-day-${number}`, 110_000, "8802");
    check(sent.data?.purchase_id === resent.data?.purchase_id, resent);
    check(replayed(resent.response), resent);
  }
  const conflict = await buy("ts-day-0", 1, "8802");
  check(conflict.error !== undefined && "purchase_id" in conflict.error, conflict);
  const unknown = await buy("ts-day-9", 1, "nobody");
  check(unknown.error !== undefined && "errors" in unknown.error, unknown);
  check(unknown.error.errors?.[0]?.field === "card_number", unknown);
  const stranger = await caller("nonsense").GET("/v1/rewards");
  check(stranger.error !== undefined && "message" in stranger.error, stranger);
}

async function anAgentsReversal(): Promise<void> {
  const redeemed = await redeem("8802", "rwd_coffee", "redeem-8802");
  check(redeemed.data !== undefined, redeemed);
  const { member_id, points_spent, redemption_id } = redeemed.data;
  const undone = await reverse(redemption_id, "ts-undo-2");
  check(undone.data?.points_restored === points_spent, undone);
  const again = await reverse(redemption_id, "ts-undo-3");
  check(again.response.status === 200, again);
  // The patch sends only what is set: the card stays.
  const changed = await patient(() =>
    agent.PATCH("/v1/members/{member_id}", {
      body: { phone: "+7 900 000-00-00" },
      params: { path: { member_id } },
    }),
  );
  check(changed.data?.card_number === "8802", changed);
}

async function main(): Promise<void> {
  await theFirstMinute();
  await aTillsDayWithRetries();
  await anAgentsReversal();
  console.log("the TypeScript client played the first minute, a till's day and a reversal");
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
