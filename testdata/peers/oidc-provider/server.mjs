// A certified OpenID Connect provider (npm oidc-provider) that keeps everything in memory, for the tests of sso/oidc.
//
// Usage: node server.mjs. It listens on PEER_PORT of 127.0.0.1, prints its issuer as its only line, and ends when its
// standard input is closed. PEER_CLIENTS is its clients as JSON.
//
// Whoever comes is signed in at once, as the login_hint of the request, or else as ann. GET /peer/keys?sign=b&publish=a,b
// changes the keys: sign is first, and every key of publish is in the set.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const port = Number(process.env.PEER_PORT);
const issuer = `http://127.0.0.1:${port}`;
const clients = JSON.parse(process.env.PEER_CLIENTS);

const made = new Map();
// pair is a key for RS256 and one for ES256, by a letter.
function pair(name) {
    if (!made.has(name)) {
        const jwk = (key, more) => ({ ...key.privateKey.export({ format: "jwk" }), use: "sig", ...more });
        made.set(name, [
            jwk(generateKeyPairSync("rsa", { modulusLength: 2048 }), { kid: `rsa-${name}`, alg: "RS256" }),
            jwk(generateKeyPairSync("ec", { namedCurve: "P-256" }), { kid: `ec-${name}`, alg: "ES256" }),
        ]);
    }
    return made.get(name);
}

// provider is the same provider with other keys: sessions, codes and grants are kept by the module, not by it.
function provider(names) {
    const p = new Provider(issuer, {
        clients,
        jwks: { keys: names.flatMap(pair) },
        cookies: { keys: ["the tests' own"] },
        pkce: { required: () => true },
        features: {
            devInteractions: { enabled: false },
            backchannelLogout: { enabled: true },
            rpInitiatedLogout: { enabled: true },
        },
        enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256"] },
        claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
        interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
        // The module's own would not call loopback, where the tests are.
        fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
        findAccount: (_, id) => ({
            accountId: id,
            claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: id, preferred_username: id }),
        }),
    });
    p.on("server_error", (_, error) => console.error(error));
    return { callback: p.callback(), interact: (req, res) => interact(p, req, res) };
}

// interact signs in and grants whatever is asked for.
async function interact(p, req, res) {
    const { prompt, params, session, grantId } = await p.interactionDetails(req, res);
    if (prompt.name === "login")
        return p.interactionFinished(req, res, { login: { accountId: params.login_hint ?? "ann" } }, { mergeWithLastSubmission: false });
    const grant = grantId ? await p.Grant.find(grantId) : new p.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    return p.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

let current = provider(["a"]);

createServer(async (req, res) => {
    const url = new URL(req.url, issuer);
    try {
        if (url.pathname === "/peer/keys") {
            const sign = url.searchParams.get("sign");
            const publish = url.searchParams.get("publish").split(",").filter(name => name !== sign);
            current = provider([sign, ...publish]);
            res.end("done");
        } else if (url.pathname.startsWith("/interaction/")) await current.interact(req, res);
        else await current.callback(req, res);
    } catch (error) {
        console.error(error);
        res.writeHead(500).end();
    }
}).listen(port, "127.0.0.1", () => console.log(issuer));
process.stdin.on("end", () => process.exit(0)).resume();
