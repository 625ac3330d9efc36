package scim

import (
	"net/http"
	"strings"

	"github.com/elimity-com/scim/schema"

	"usher/internal/usher"
)

const (
	configSchema       = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	resourceTypeSchema = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
)

// discover routes the three discovery endpoints of RFC 7644 section 4. They are ours,
// because the library's claim less than usher does, and say it with empty URIs.
func (s *server) discover(endpoint, rest string, deeper bool) (target, error) {
	var body any
	switch strings.ToLower(endpoint) {
	case "schemas":
		body = pick(s.schemas(), rest, deeper)
	case "resourcetypes":
		body = pick(s.resourceTypes(), rest, deeper)
	default:
		if !deeper {
			body = s.config()
		}
	}
	if body == nil {
		return target{}, notFound()
	}
	serve := func(_ http.ResponseWriter, r *http.Request, _ usher.Principal) (answer, error) {
		if r.URL.Query().Has("filter") {
			return answer{}, &problem{status: http.StatusForbidden, detail: "discovery cannot be filtered (RFC 7644 section 4)"}
		}
		return answer{status: http.StatusOK, body: body}, nil
	}
	return target{[]string{http.MethodGet, http.MethodHead}, serve}, nil
}

// pick is the resource of that id, or all of them as a list; nil when there is none.
func pick(all []map[string]any, id string, one bool) any {
	if !one {
		return list(1, len(all), all)
	}
	for _, resource := range all {
		if strings.EqualFold(resource["id"].(string), id) {
			return resource
		}
	}
	return nil
}

func (s *server) config() map[string]any {
	supported := func(yes bool) map[string]any { return map[string]any{"supported": yes} }
	return map[string]any{
		"schemas":        []string{configSchema},
		"patch":          supported(true),
		"bulk":           map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter":         map[string]any{"supported": true, "maxResults": maxCount},
		"changePassword": supported(false),
		"sort":           supported(true),
		"etag":           supported(true),
		"authenticationSchemes": []map[string]any{{
			"type":        "oauthbearertoken",
			"name":        "Bearer token",
			"description": "A token of one directory, made by usher token create.",
			"specUri":     "https://www.rfc-editor.org/info/rfc6750",
			"primary":     true,
		}},
		"meta": s.discoveryMeta("ServiceProviderConfig", ""),
	}
}

func (s *server) schemas() []map[string]any {
	all := []schema.Schema{schema.Definition(), schema.ResourceTypeSchema(), schema.ServiceProviderConfigSchema()}
	for _, c := range []*collection{s.users, s.groups} {
		all = append(append(all, c.kind.core), c.kind.extensions...)
	}
	out := make([]map[string]any, len(all))
	for i, definition := range all {
		out[i] = definition.ToMap()
		out[i]["meta"] = s.discoveryMeta("Schema", "s/"+definition.ID)
	}
	return out
}

func (s *server) resourceTypes() []map[string]any {
	var out []map[string]any
	for _, c := range []*collection{s.users, s.groups} {
		extensions := []map[string]any{}
		for _, e := range c.kind.extensions {
			extensions = append(extensions, map[string]any{"schema": e.ID, "required": false})
		}
		out = append(out, map[string]any{
			"schemas":          []string{resourceTypeSchema},
			"id":               c.kind.name,
			"name":             c.kind.name,
			"endpoint":         c.endpoint,
			"schema":           c.kind.core.ID,
			"schemaExtensions": extensions,
			"meta":             s.discoveryMeta("ResourceType", "s/"+c.kind.name),
		})
	}
	return out
}

func (s *server) discoveryMeta(resourceType, below string) map[string]any {
	return map[string]any{"resourceType": resourceType, "location": s.BaseURL + "/" + resourceType + below}
}
