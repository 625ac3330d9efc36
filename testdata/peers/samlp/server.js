// An identity provider that the tests of sso/saml sign in at: npm samlp, whose XML and signatures are xml-crypto's. Whoever
// asks is Ann; each path signs and encrypts in its own way. It prints its address and ends with its input.
const { createPublicKey } = require("node:crypto");
const { readFileSync } = require("node:fs");
const express = require("express");
const samlp = require("samlp");

const cert = readFileSync(process.env.PEER_CERT);
const key = readFileSync(process.env.PEER_KEY);
const theirs = readFileSync(process.env.PEER_SERVICE_CERT);
const encrypted = {
    encryptionCert: theirs,
    encryptionPublicKey: createPublicKey(theirs).export({ type: "spki", format: "pem" }),
};

const variants = {
    assertion: {},
    prefixed: { signatureNamespacePrefix: "ds" },
    both: { signResponse: true },
    response: { signResponse: true, signAssertion: false },
    sha1: { signatureAlgorithm: "rsa-sha1", digestAlgorithm: "sha1" },
    unsigned: { signAssertion: false },
    gcm: { ...encrypted },
    sealed: { ...encrypted, signResponse: true },
    cbc: {
        ...encrypted, encryptionAlgorithm: "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        disallowEncryptionWithInsecureAlgorithm: false, warnOnInsecureEncryptionAlgorithm: false,
    },
};

// As Entra ID sends them.
const claims = {
    "http://schemas.microsoft.com/identity/claims/objectidentifier": process.env.PEER_OBJECT_ID,
    "http://schemas.microsoft.com/identity/claims/tenantid": process.env.PEER_TENANT_ID,
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "ann@example.com",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "ann@example.com",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups": ["HR", "Zürich <&> \"Süd\""],
};

function mapper() {
    return {
        getClaims: () => claims,
        getNameIdentifier: () => ({
            nameIdentifier: "ann@example.com",
            nameIdentifierFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        }),
    };
}
mapper.prototype.metadata = [];

const app = express();
for (const [name, variant] of Object.entries(variants)) {
    app.get(`/${name}/sso`, (req, res, next) => samlp.auth({
        issuer: "https://idp.example/metadata", cert, key, profileMapper: mapper,
        signatureAlgorithm: "rsa-sha256", digestAlgorithm: "sha256",
        audience: req.query.audience, // else it is who asks
        authnContextClassRef: "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        sessionIndex: "_session1",
        getUserFromRequest: () => ({ id: "ann" }),
        getPostURL: (audience, request, _, answer) => answer(null, `${audience}/acs`),
        destination: `${req.query.audience || process.env.PEER_SERVICE}/acs`,
        recipient: `${req.query.audience || process.env.PEER_SERVICE}/acs`,
        ...variant,
    })(req, res, next));
    app.get(`/${name}/metadata`, samlp.metadata({
        issuer: "https://idp.example/metadata", cert, profileMapper: mapper,
        redirectEndpointPath: `/${name}/sso`, postEndpointPath: `/${name}/sso`,
    }));
}

const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.on("end", () => process.exit(0)).resume();
