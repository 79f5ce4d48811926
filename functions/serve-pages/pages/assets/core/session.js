// The sign-in: authorization code with PKCE against the user pool's hosted page. Tokens stay in memory; the
// browser keeps only that somebody signed in, so that a reload asks the hosted page again.

/** @typedef {"agent" | "supervisor" | "admin" | "member"} Role */

const SIGNED_IN = "puntos.signed-in";
const PENDING = "puntos.sign-in";

/** The brand, as the page's template has it. */
export const brand = setting("brand");

/** @type {{access: string, refresh: string | null, until: number} | null} */
let tokens = null;
/** @type {Promise<boolean> | null} */
let renewal = null;

/**
 * Ends a sign-in that is under way, or begins one where somebody signed in before. Returns whether the
 * caller is signed in; does not return where the browser leaves for the hosted page.
 * @returns {Promise<boolean>}
 */
export async function resume() {
  const query = new URLSearchParams(location.search);
  const [code, state] = [query.get("code"), query.get("state")];
  if (code !== null || query.has("error")) {
    const pending = taken();
    history.replaceState(null, "", pending?.target ?? location.pathname);
    if (code !== null && pending !== null && pending.state === state && (await redeem(code, pending.verifier))) {
      localStorage.setItem(SIGNED_IN, "yes");
      return true;
    }
    localStorage.removeItem(SIGNED_IN);
    return false;
  }
  if (localStorage.getItem(SIGNED_IN) === "yes") return signIn();
  return false;
}

/**
 * Leaves for the hosted page, to come back to this place.
 * @returns {Promise<never>}
 */
export async function signIn() {
  const [verifier, state] = [random(), random()];
  const target = location.pathname + location.search + location.hash;
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, target }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: setting("client"),
    redirect_uri: returnAddress(),
    scope: "openid email",
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    lang: document.documentElement.lang,
  });
  location.assign(`${setting("sign-in")}/oauth2/authorize?${query}`);
  return new Promise(() => {});
}

/** Signs out here and on the hosted page. */
export function signOut() {
  tokens = null;
  localStorage.removeItem(SIGNED_IN);
  // The next person in this tab sees nothing of this one.
  sessionStorage.clear();
  // Nor does the button Back, which may bring this very page again.
  document.body.replaceChildren();
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  const query = new URLSearchParams({ client_id: setting("client"), logout_uri: returnAddress() });
  location.assign(`${setting("sign-in")}/logout?${query}`);
}

/** Returns the token of the calls; a new one where the old one ends soon. */
export async function token() {
  if (tokens !== null && Date.now() > tokens.until - 60_000) await renew();
  return tokens?.access ?? null;
}

/** Gets new tokens, once for all who wait. Returns whether there are any. */
export function renew() {
  renewal ??= renewed().finally(() => (renewal = null));
  return renewal;
}

/**
 * Returns who is signed in, as the token tells: only to choose what the page shows. The API decides.
 * @returns {{subject: string, role: Role | null}}
 */
export function caller() {
  if (tokens === null) return { subject: "", role: null };
  const payload = tokens.access.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0))));
  const groups = claims["cognito:groups"] ?? [];
  const roles = /** @type {Role[]} */ (["admin", "supervisor", "agent"]);
  return { subject: claims.sub, role: roles.find((role) => groups.includes(role)) ?? "member" };
}

async function renewed() {
  if (tokens?.refresh == null) return false;
  return ask({ grant_type: "refresh_token", refresh_token: tokens.refresh });
}

/**
 * @param {string} code
 * @param {string} verifier
 */
function redeem(code, verifier) {
  return ask({ grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: returnAddress() });
}

/** @param {Record<string, string>} fields */
async function ask(fields) {
  const body = new URLSearchParams({ ...fields, client_id: setting("client") });
  try {
    const response = await fetch(`${setting("sign-in")}/oauth2/token`, { method: "POST", body });
    if (!response.ok) {
      tokens = null;
      return false;
    }
    const answer = await response.json();
    tokens = {
      access: answer.access_token,
      refresh: answer.refresh_token ?? tokens?.refresh ?? null,
      until: Date.now() + answer.expires_in * 1000,
    };
    return true;
  } catch {
    return tokens !== null;
  }
}

/** Returns what the page kept when it left for the hosted page, once. */
function taken() {
  const kept = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  return kept === null ? null : /** @type {{verifier: string, state: string, target: string}} */ (JSON.parse(kept));
}

/** The two addresses that the user pool knows. */
function returnAddress() {
  return location.origin + (/^\/desk(\/|$)/.test(location.pathname) ? "/desk" : "/");
}

/** @param {string} name */
function setting(name) {
  return document.querySelector(`meta[name="puntos-${name}"]`)?.getAttribute("content") ?? "";
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
