package config

import (
	"net/netip"
	"time"
)

// Config is the whole configuration file.
type Config struct {
	Listen         string         `yaml:"listen" default:"127.0.0.1:8080"` // host:port of the main listener
	PublicURL      string         `yaml:"public_url"`                      // what clients see, without a trailing slash; empty: derived from Listen
	TLS            TLS            `yaml:"tls"`
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies"`           // whose X-Forwarded-* headers are believed
	Data           string         `yaml:"data" default:"usher-data"` // folder of database, tokens, socket and outbox
	Store          Secret         `yaml:"store" default:"sqlite"`    // "sqlite" or a postgres:// URL, which holds a password
	Log            Log            `yaml:"log"`
	Metrics        Metrics        `yaml:"metrics"`
	Limits         Limits         `yaml:"limits"`
	Mail           Mail           `yaml:"mail"`
	Notifications  Notifications  `yaml:"notifications"`
	Directories    []Directory    `yaml:"directories"`
	Portals        []Portal       `yaml:"portals"`
	Subscriptions  []Subscription `yaml:"subscriptions"`
	Teams          Teams          `yaml:"teams"`
	Guards         Guards         `yaml:"guards"`
	SignIn         SignIn         `yaml:"signin"`
}

// TLS names the PEM files of the main listener; both empty: plain HTTP.
type TLS struct {
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// Log says what is logged and how; format auto is text on a terminal and JSON elsewhere.
type Log struct {
	Level  string `yaml:"level" default:"info" oneof:"debug info warn error"`
	Format string `yaml:"format" default:"auto" oneof:"auto json text"`
}

// Metrics says where /metrics is served; Listen empty: on the main listener.
type Metrics struct {
	Listen string `yaml:"listen"`
}

// Limits bounds what one token may ask: Rate requests per second, Burst at once; and how many
// rosters may be uploaded for one directory in an hour.
type Limits struct {
	Rate    int `yaml:"rate" default:"50" min:"1" max:"100000"`
	Burst   int `yaml:"burst" default:"200" min:"1" max:"1000000"`
	Uploads int `yaml:"uploads" default:"60" min:"1" max:"100000"`
}

// Directory is a source of records.
type Directory struct {
	Name            string `yaml:"-"`
	Pos             Pos    `yaml:"-"` // its name in the file
	Kind            string `yaml:"kind" default:"scim" oneof:"scim file"`
	Rank            int    `yaml:"rank" default:"1" min:"1" max:"1000"` // the lower rank wins, attribute by attribute
	EmployeeNumbers string `yaml:"employee_numbers"`                    // namespace in which employee numbers match; empty: they do not
	Lifecycle       string `yaml:"lifecycle" default:"owner" oneof:"owner follower"`
	Zone            string `yaml:"zone"`                                    // IANA time zone of dates and schedules; empty: UTC
	LeadDays        int    `yaml:"lead_days" default:"0" min:"0" max:"365"` // before the start date

	StandsIn StandsIn          `yaml:"stands_in" kinds:"file"`
	Feed     string            `yaml:"feed" kinds:"file" default:"full" oneof:"full delta"`
	Schedule Schedule          `yaml:"schedule" kinds:"file"`
	Source   Source            `yaml:"source" kinds:"file"`
	Columns  map[string]string `yaml:"columns" kinds:"file"` // attribute to column or expression; none: from well-known names
	Status   Status            `yaml:"status" kinds:"file"`
	Format   Format            `yaml:"format" kinds:"file"`
}

// StandsIn says for which SCIM directory the file decides while that is silent.
type StandsIn struct {
	For   string        `yaml:"for"`                      // empty: for none
	After time.Duration `yaml:"after" min:"1h" max:"90d"` // of silence
}

// Schedule says when a directory's source is looked at, and when a file is overdue.
type Schedule struct {
	Cron       string        `yaml:"cron"`                                      // five fields; empty: uploads and files by hand only
	Deadline   time.Duration `yaml:"deadline" default:"12h" min:"1m" max:"31d"` // how late a missed time is made up for
	ExpectedBy string        `yaml:"expected_by"`                               // five fields: when a file has to have come; empty: never
}

// Source is where a directory's files appear: one of its keys.
type Source struct {
	Folder Folder `yaml:"folder"`
	SFTP   SFTP   `yaml:"sftp"`
	HTTPS  HTTPS  `yaml:"https"`
	S3     S3     `yaml:"s3"`
}

// Ready says which names in a folder are meant, and when a file there is complete.
type Ready struct {
	Pattern string        `yaml:"pattern"` // * is any text, ? one character; empty: every name
	Settle  string        `yaml:"settle" default:"auto" oneof:"auto marker sha256 rename rest"`
	Marker  string        `yaml:"marker" default:"{name}.done"`
	Rest    time.Duration `yaml:"rest" default:"30s" min:"1s" max:"1d"`
	Keep    bool          `yaml:"keep" default:"false"` // files stay where they are
}

// Folder is a local or mounted folder.
type Folder struct {
	Path  string `yaml:"path"`
	Ready Ready  `yaml:"ready"`
}

// SFTP is a folder on an SFTP server.
type SFTP struct {
	Host     string   `yaml:"host"`
	Port     int      `yaml:"port" default:"22" min:"1" max:"65535"`
	User     string   `yaml:"user"`
	Key      Secret   `yaml:"key"`       // private key in PEM
	HostKeys []string `yaml:"host_keys"` // fingerprints, SHA256:...
	Path     string   `yaml:"path"`
	Ready    Ready    `yaml:"ready"`
}

// HTTPS is one file at a web address.
type HTTPS struct {
	URL          string `yaml:"url"`
	Token        Secret `yaml:"token"`
	Header       string `yaml:"header"` // carries the token; empty: Authorization, as a bearer
	AllowPrivate bool   `yaml:"allow_private" default:"false"`
}

// S3 is a folder in object storage that speaks S3.
type S3 struct {
	Endpoint     string `yaml:"endpoint"`
	Region       string `yaml:"region" default:"us-east-1"`
	Bucket       string `yaml:"bucket"`
	Prefix       string `yaml:"prefix"`
	Pattern      string `yaml:"pattern"`
	AccessKey    string `yaml:"access_key"`
	SecretKey    Secret `yaml:"secret_key"`
	AllowPrivate bool   `yaml:"allow_private" default:"false"`
}

// Status are the words of the status column; all empty: the usual words.
type Status struct {
	Active []string `yaml:"active"`
	Left   []string `yaml:"left"`
	Leave  []string `yaml:"leave"` // of absence
}

// Format says how a directory's files are written.
type Format struct {
	Key        string   `yaml:"key"`         // attribute by which a row is found again
	KeyPattern string   `yaml:"key_pattern"` // RE2 pattern that every whole key matches
	Required   []string `yaml:"required"`    // attributes that no row may lack
	Dates      string   `yaml:"dates"`       // such as DD.MM.YYYY
	Encoding   string   `yaml:"encoding" default:"auto" oneof:"auto utf-8 windows-1252"`
	Separator  string   `yaml:"separator"` // one character, or tab; empty: found out
	Sheet      string   `yaml:"sheet"`     // of a workbook; empty: the one that has the key column
	MinRows    int      `yaml:"min_rows" default:"1" min:"1" max:"10000000"`
	Trailer    bool     `yaml:"trailer" default:"false"` // the last row holds the number of rows
}

// Portal is the other side, reached by the connector of its kind.
type Portal struct {
	Name         string        `yaml:"-"`
	Pos          Pos           `yaml:"-"` // its name in the file
	Kind         string        `yaml:"kind" required:"true" oneof:"scim pluralsight worklist prosci ascender proportal myaci"`
	Live         bool          `yaml:"live" default:"false"`   // false: observed only, until an admin makes it live
	Pool         string        `yaml:"pool" oneof:"hard soft"` // hard: a released seat is free only once the portal confirmed; empty: as the kind has it
	Teams        *bool         `yaml:"teams"`                  // teams exist at the portal; nil: as the kind has it
	ObserveEvery time.Duration `yaml:"observe_every" kinds:"scim" default:"24h" min:"1m" max:"31d"`
	Exports      Exports       `yaml:"exports"`
	Link         string        `yaml:"link"` // https address that people open; empty: none is shown

	// Portals that take files or a person.
	Folder     string        `yaml:"folder" kinds:"worklist prosci ascender proportal myaci"`      // below Data; default outbox/NAME
	Visit      Visit         `yaml:"visit" kinds:"worklist prosci ascender proportal myaci"`       // see Visit
	SFTP       Dropoff       `yaml:"sftp" kinds:"worklist prosci ascender proportal myaci"`        // where files go instead of Folder
	Owner      Owner         `yaml:"owner" kinds:"worklist prosci ascender proportal myaci"`       // who carries them to the portal
	Admins     []string      `yaml:"admins" kinds:"worklist prosci ascender proportal myaci"`      // addresses of those who administer the portal
	AdminSeats *bool         `yaml:"admin_seats" kinds:"worklist prosci ascender proportal myaci"` // an admin takes a seat; nil: as the kind has it
	Columns    []Column      `yaml:"columns" kinds:"worklist prosci ascender proportal myaci" names:"any"`
	Waiting    time.Duration `yaml:"waiting" kinds:"prosci ascender proportal myaci" default:"14d" min:"0s" max:"365d"` // how long somebody may stay invited; 0: for ever
	Reissue    time.Duration `yaml:"reissue" kinds:"prosci ascender proportal myaci" default:"7d" min:"0s" max:"365d"`  // how long a row may stay without a sign in an export; 0: for ever

	Upload       Upload `yaml:"upload" kinds:"prosci"`
	KeepProfiles bool   `yaml:"keep_profiles" kinds:"prosci" default:"false"` // nobody is asked to delete profiles

	EnterpriseAgreement bool `yaml:"enterprise_agreement" kinds:"ascender" default:"false"` // what leavers consumed is free until they are back

	// Portals with an interface.
	URL          string  `yaml:"url" kinds:"scim pluralsight"`                          // base of the portal's service; empty: the vendor's
	Token        Secret  `yaml:"token" kinds:"scim pluralsight"`                        // bearer token, or the password of User
	Rate         int     `yaml:"rate" kinds:"scim pluralsight" min:"1" max:"1000"`      // requests per second at most; 0: the profile's, else 10
	Match        string  `yaml:"match" kinds:"scim" oneof:"userName externalId emails"` // empty: the profile's, else userName
	NoSeats      NoSeats `yaml:"no_seats" kinds:"scim pluralsight"`
	AllowPrivate bool    `yaml:"allow_private" kinds:"scim pluralsight" default:"false"` // may reach loopback and private addresses

	// What their vendors have beside the standard.
	Profile          string            `yaml:"profile" kinds:"scim" oneof:"udemy linkedin oreilly knowbe4 slack zoom"` // empty: SCIM by the book
	Verify           string            `yaml:"verify" kinds:"scim" default:"auto" oneof:"auto always never"`           // read new accounts back
	SeatTaken        string            `yaml:"seat_taken" kinds:"scim" default:"auto" oneof:"auto created sign_in"`
	Products         map[string]string `yaml:"products" kinds:"scim pluralsight"` // by subscription: what it is called there, commas between
	ProductAttribute string            `yaml:"product_attribute" kinds:"scim"`    // empty: the profile's
	Attributes       map[string]string `yaml:"attributes" kinds:"scim"`           // by path: a text that every account carries
	User             string            `yaml:"user" kinds:"pluralsight"`          // empty: Token is a bearer token
	Results          string            `yaml:"results" kinds:"pluralsight"`       // path at which the outcome of a run is asked for; empty: nowhere
}

// Exports says where lists of a portal's accounts appear that somebody exported there, and how
// they are read where the well-known names do not fit.
type Exports struct {
	Folder   string            `yaml:"folder"`                   // absolute, or below Data; empty: none is looked at
	Complete bool              `yaml:"complete" default:"false"` // nobody is left out of them, so that absence counts
	Columns  map[string]string `yaml:"columns"`                  // by what it holds: a column of the list of accounts
	Activity map[string]string `yaml:"activity"`                 // by what it holds: a column of the lists of activity
	Words    map[string]string `yaml:"words"`                    // by what they mean: words of the lists, commas between
	Dates    string            `yaml:"dates"`                    // such as DD.MM.YYYY; empty: ISO dates, and typed ones
}

// Upload says how files are written that a portal is given.
type Upload struct {
	BOM bool `yaml:"bom" default:"true"` // they begin with a byte order mark
	LF  bool `yaml:"lf" default:"false"` // lines end with LF alone, whatever the template has
}

// Column is one of a portal's own columns, as its template has it, and what fills it. In
// the file its attribute alone may stand for it.
type Column struct {
	Name   string            `yaml:"-"`
	Pos    Pos               `yaml:"-"`                                 // its name in the file
	From   Text              `yaml:"from" required:"true" short:"true"` // attribute of a person, by the names that rules use
	Values map[string]string `yaml:"values"`                            // attribute to the portal's word; none: the attribute as it is
}

// NoSeats says how an answer of the portal that no seat is left is known: one of
// the statuses, and a body that matches the pattern (RE2 syntax). What is left out is
// the connector's own default.
type NoSeats struct {
	Status  []int  `yaml:"status" min:"400" max:"599"`
	Pattern string `yaml:"pattern"`
}

// Subscription is one pool of purchased seats at a portal.
type Subscription struct {
	Name     string        `yaml:"-"`
	Pos      Pos           `yaml:"-"` // its name in the file
	Portal   string        `yaml:"portal" required:"true"`
	Code     string        `yaml:"code"`                                         // what the portal calls it; empty: it has but one, or calls it by name
	Seats    int           `yaml:"seats" required:"true" min:"0" max:"10000000"` // purchased
	Starts   Date          `yaml:"starts"`                                       // first day of the term; zero: open
	Ends     Date          `yaml:"ends"`                                         // last day of the term; zero: open
	Rule     Text          `yaml:"rule"`                                         // who is entitled; empty: nobody by rule
	Priority Text          `yaml:"priority"`                                     // who is seated first, the higher number; empty: all alike
	Settle   time.Duration `yaml:"settle" default:"15m" min:"0s" max:"31d"`      // how long an explicit leaver may still come back unnoticed
	Grace    time.Duration `yaml:"grace" default:"24h" min:"0s" max:"90d"`       // how long somebody absent from full files may still come back
	OnLeave  string        `yaml:"on_leave" default:"keep" oneof:"keep park"`    // what becomes of the seat on a leave of absence

	Requestable bool `yaml:"requestable" default:"false"` // people may ask for a seat
}

// Teams says which teams are derived.
type Teams struct {
	ByDepartment bool     `yaml:"by_department"`
	Groups       []string `yaml:"groups"` // pushed groups that become teams, by name; * and ? are wildcards
}

// Guards bounds what goes by itself within 24 hours.
type Guards struct {
	Releases    Guard `yaml:"releases"`
	Invitations Guard `yaml:"invitations"`
	Addresses   Guard `yaml:"addresses"` // main addresses that one file changes
	Managers    Guard `yaml:"managers"`  // managers that one file changes
	Rows        Swing `yaml:"rows"`
	ArmedFrom   int   `yaml:"armed_from" min:"1" max:"1000000"` // people from which on guards hold anything
}

// Swing is by how much, in percent, a full file may be longer or shorter than the last.
type Swing struct {
	Percent int `yaml:"percent" min:"0" max:"100"`
}

// Guard is one bound: the larger of Min people and Percent of those active.
type Guard struct {
	Min     int `yaml:"min" min:"0" max:"1000000"`
	Percent int `yaml:"percent" min:"0" max:"100"`
}

// SignIn says how people sign in at usher.
type SignIn struct {
	Connections []Connection  `yaml:"connections"`
	Idle        time.Duration `yaml:"idle" default:"8h" min:"5m" max:"31d"`      // how long a session may rest
	Longest     time.Duration `yaml:"longest" default:"24h" min:"5m" max:"90d"`  // how long it lasts at most
	Rate        int           `yaml:"rate" default:"600" min:"10" max:"1000000"` // requests a minute from one address
	SAMLKey     SAMLKey       `yaml:"saml_key"`
	Roles       []Role        `yaml:"roles"`
}

// Role gives a role to people, or to whoever signs in over a connection as one of a group.
type Role struct {
	Role          string   `yaml:"role" required:"true" oneof:"owner seat_admin auditor"`
	People        []string `yaml:"people"`        // addresses; each is the first one's who signs in with it
	Connection    string   `yaml:"connection"`    // whose word about groups counts
	Groups        []string `yaml:"groups"`        // as the connection's provider writes them
	Subscriptions []string `yaml:"subscriptions"` // of a seat admin; none: all
}

// SAMLKey names the PEM files of usher's own key for SAML connections; both empty: one is made in Data. Previous is the
// one before, which still decrypts.
type SAMLKey struct {
	CertFile         string `yaml:"cert_file"`
	KeyFile          string `yaml:"key_file"`
	PreviousCertFile string `yaml:"previous_cert_file"`
	PreviousKeyFile  string `yaml:"previous_key_file"`
}

// Connection is one identity provider over which people sign in.
type Connection struct {
	Name         string   `yaml:"-"`
	Pos          Pos      `yaml:"-"` // its name in the file
	Kind         string   `yaml:"kind" required:"true" oneof:"saml oidc"`
	Label        string   `yaml:"label"`                                                 // on the button; empty: its name
	Directory    string   `yaml:"directory"`                                             // whose people sign in over it; empty: those of all
	Domains      []string `yaml:"domains"`                                               // of addresses for which it may speak; none: nobody is found by address
	Trusted      bool     `yaml:"trusted" default:"false"`                               // it is one company's own: its addresses count as verified
	Provider     string   `yaml:"provider" default:"generic" oneof:"generic okta entra"` // whose habits the defaults follow
	Tenant       string   `yaml:"tenant"`                                                // of Entra: the only one that is let in
	AllowPrivate bool     `yaml:"allow_private" default:"false"`                         // may reach loopback and private addresses
	Newcomers    string   `yaml:"newcomers" default:"refuse" oneof:"refuse keep"`        // whom no rule finds

	Metadata       string `yaml:"metadata" kinds:"saml"`                      // of the provider: https address, or a file's path
	ProviderID     string `yaml:"provider_id" kinds:"saml"`                   // its entity id; empty: the one in the metadata first read
	EntityID       string `yaml:"entity_id" kinds:"saml"`                     // ours; empty: the address of our metadata
	Subject        string `yaml:"subject" kinds:"saml"`                       // attribute that people are known by for ever; empty: a persistent NameID
	Unspecified    bool   `yaml:"name_id_stays" kinds:"saml" default:"false"` // the provider's unspecified NameID never changes hands
	IdPInitiated   bool   `yaml:"idp_initiated" kinds:"saml" default:"false"` // answers are let in to which nobody asked
	SignedRequests bool   `yaml:"sign_requests" kinds:"saml" default:"false"` // even where the provider does not ask for it

	Issuer       string   `yaml:"issuer" kinds:"oidc"` // as the provider writes it
	ClientID     string   `yaml:"client_id" kinds:"oidc"`
	ClientSecret Secret   `yaml:"client_secret" kinds:"oidc"`
	ClientKey    Secret   `yaml:"client_key" kinds:"oidc"` // private key in PEM, for private_key_jwt
	Scopes       []string `yaml:"scopes" kinds:"oidc"`     // besides openid; none: profile and email
	UserInfo     bool     `yaml:"userinfo" kinds:"oidc" default:"false"`
}
