// An independent SCIM 2.0 server (npm scimmy + scimmy-routers on express) that keeps its
// resources in memory, for the tests of connectors/scimout.
//
// Usage: node server.mjs. It listens on a free port of 127.0.0.1, prints its base URL as
// its only line, takes the bearer token of the environment variable PEER_TOKEN, and ends
// when its standard input is closed.
//
// It runs on express 4: scimmy-routers 1.3 writes numbers into request.query, which
// express 5 makes anew whenever it is read, and then every page is the first one.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const { Resources, Schemas, Types } = SCIMMY;

// handlers keep one resource type; a second resource of the same name is a conflict.
function handlers(nameOf) {
    const kept = new Map();
    return {
        egress: ({ id, filter }) => {
            if (id !== undefined) {
                if (!kept.has(id)) throw new Types.Error(404, null, `Resource ${id} not found`);
                return kept.get(id);
            }
            const all = [...kept.values()];
            return filter ? filter.match(all) : all;
        },
        ingress: ({ id }, instance) => {
            const name = nameOf(instance)?.toLowerCase();
            for (const other of kept.values())
                if (other.id !== id && nameOf(other)?.toLowerCase() === name)
                    throw new Types.Error(409, "uniqueness", "This name is taken");
            if (id !== undefined && !kept.has(id)) throw new Types.Error(404, null, `Resource ${id} not found`);
            const now = new Date().toISOString();
            const key = id ?? randomUUID();
            const created = kept.get(key)?.meta?.created ?? now;
            const resource = JSON.parse(JSON.stringify({ ...instance, id: key }));
            kept.set(key, { ...resource, meta: { created, lastModified: now } });
            return kept.get(key);
        },
        degress: ({ id }) => { kept.delete(id); },
    };
}

Resources.declare(Resources.User.extend(Schemas.EnterpriseUser), handlers(user => user.userName));
Resources.declare(Resources.Group, handlers(group => group.displayName));

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${process.env.PEER_TOKEN}`) throw new Error("wrong token");
    },
}));

const server = app.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${server.address().port}/scim/v2`);
});
process.stdin.on("end", () => process.exit(0)).resume();
