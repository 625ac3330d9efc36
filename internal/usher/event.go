package usher

// Event is an append-only fact, written in the transaction of what it records.
type Event struct {
	ID   ID
	At   Time
	Kind EventKind
	// Actor is who did it: "directory okta", "operator ann", "system guard".
	Actor string
	// Subject names what it is about: the noun and its id.
	Subject   string
	SubjectID ID
	// Person, Subscription, Portal help to find the event; any may be empty.
	Person       ID
	Subscription ID
	Portal       ID
	// Before and After are JSON of what changed; empty for none. They can hold personal
	// data and can be erased without breaking the chain.
	Before, After []byte
	// Why is the reason in words.
	Why string
	// Salt is random and part of the digest of Before and After, so that an erased payload
	// cannot be guessed from it; it is erased with them.
	Salt string
	// ErasedAt is when Before and After were erased, by the EventErased of that time; zero
	// for never.
	ErasedAt Time
	// Seal is the event's number in the hash chain; zero while not sealed.
	Seal int64
}

// EventKind is what happened, as noun.verb.
type EventKind string

// The kinds of events.
const (
	EventRecordCreated   EventKind = "record.created"
	EventRecordChanged   EventKind = "record.changed"
	EventRecordDeleted   EventKind = "record.deleted"
	EventRecordLinked    EventKind = "record.linked"
	EventGroupCreated    EventKind = "group.created"
	EventGroupChanged    EventKind = "group.changed"
	EventGroupDeleted    EventKind = "group.deleted"
	EventPersonExpected  EventKind = "person.expected"
	EventPersonJoined    EventKind = "person.joined"
	EventPersonMoved     EventKind = "person.moved"
	EventPersonLeft      EventKind = "person.left"
	EventPersonRejoined  EventKind = "person.rejoined"
	EventManagerFound    EventKind = "person.manager-found"
	EventConflictOpened  EventKind = "conflict.opened"
	EventConflictClosed  EventKind = "conflict.closed"
	EventSeatQueued      EventKind = "seat.queued"
	EventSeatGiven       EventKind = "seat.given"
	EventSeatActive      EventKind = "seat.active"
	EventSeatLeaving     EventKind = "seat.leaving"
	EventSeatKept        EventKind = "seat.kept"
	EventSeatReleasing   EventKind = "seat.releasing"
	EventSeatReleased    EventKind = "seat.released"
	EventSeatDecided     EventKind = "seat.decided"
	EventHoldOpened      EventKind = "hold.opened"
	EventHoldClosed      EventKind = "hold.closed"
	EventPortalLive      EventKind = "portal.live"
	EventPortalFailing   EventKind = "portal.failing"
	EventPortalRecovered EventKind = "portal.recovered"
	EventAccountTold     EventKind = "account.told"
	EventAccountSeen     EventKind = "account.seen"
	EventAccountRefused  EventKind = "account.refused"
	EventAccountResend   EventKind = "account.resend"
	EventBatchWritten    EventKind = "batch.written"
	EventBatchCarried    EventKind = "batch.carried"
	EventBatchConfirmed  EventKind = "batch.confirmed"
	EventExportTaken     EventKind = "export.taken"
	EventAccountLinked   EventKind = "account.linked"
	EventTemplateLearned EventKind = "template.learned"
	EventCorrectionMade  EventKind = "correction.made"
	EventCorrectionEnded EventKind = "correction.cleared"
	EventTokenCreated    EventKind = "token.created"
	EventTokenRevoked    EventKind = "token.revoked"
	EventRevisionPlanned EventKind = "revision.planned"
	EventRevisionActive  EventKind = "revision.active"
	EventRevisionDropped EventKind = "revision.discarded"
	EventPlanComputed    EventKind = "plan.computed"
	EventPlanConfirmed   EventKind = "plan.confirmed"
	EventPlanApplied     EventKind = "plan.applied"
	EventPlanClosed      EventKind = "plan.closed"
	EventFeedLate        EventKind = "feed.late"
	EventFeedCame        EventKind = "feed.came"
	EventStandInBegan    EventKind = "standin.began"
	EventStandInEnded    EventKind = "standin.ended"
	EventRestored        EventKind = "store.restored"
	EventResumed         EventKind = "store.resumed"
	EventSubscription    EventKind = "subscription.changed"
	EventTermEnds        EventKind = "subscription.ends"
	EventErased          EventKind = "events.erased"
	EventPersonConfirmed EventKind = "person.confirmed"
	EventPersonMerged    EventKind = "person.merged"
	EventPersonSplit     EventKind = "person.split"
	EventSeatAsked       EventKind = "seat.asked"
	EventSeatAnswered    EventKind = "seat.answered"
	EventJoinCreated     EventKind = "join.created"
	EventJoinRevoked     EventKind = "join.revoked"
	EventJoinUsed        EventKind = "join.used"
	EventSignInLinked    EventKind = "signin.linked"
	EventSignInUnlinked  EventKind = "signin.unlinked"
	EventSessionBegun    EventKind = "session.begun"
	EventSessionEnded    EventKind = "session.ended"
	EventRoleGranted     EventKind = "role.granted"
	EventRoleRevoked     EventKind = "role.revoked"
	EventRoleBound       EventKind = "role.bound"
	EventRoleUnbound     EventKind = "role.unbound"
	EventLoginLinkMade   EventKind = "login-link.made"
	EventLoginLinkUsed   EventKind = "login-link.used"
	EventPeopleExported  EventKind = "people.exported"
	EventShrinkPlanned   EventKind = "shrink.planned"
	EventShrinkClosed    EventKind = "shrink.closed"
)

// EventKinds are all kinds of events.
func EventKinds() []EventKind {
	return []EventKind{
		EventRecordCreated, EventRecordChanged, EventRecordDeleted, EventRecordLinked, EventGroupCreated, EventGroupChanged,
		EventGroupDeleted, EventPersonExpected, EventPersonJoined, EventPersonMoved, EventPersonLeft, EventPersonRejoined,
		EventManagerFound, EventConflictOpened, EventConflictClosed, EventSeatQueued, EventSeatGiven, EventSeatActive,
		EventSeatLeaving, EventSeatKept, EventSeatReleasing, EventSeatReleased, EventSeatDecided, EventHoldOpened,
		EventHoldClosed, EventPortalLive, EventPortalFailing, EventPortalRecovered, EventAccountTold, EventAccountSeen,
		EventAccountRefused, EventAccountResend, EventBatchWritten, EventBatchCarried, EventBatchConfirmed, EventExportTaken, EventAccountLinked,
		EventTemplateLearned, EventCorrectionMade, EventCorrectionEnded, EventTokenCreated, EventTokenRevoked,
		EventRevisionPlanned, EventRevisionActive, EventRevisionDropped, EventPlanComputed, EventPlanConfirmed, EventPlanApplied, EventPlanClosed,
		EventFeedLate, EventFeedCame, EventStandInBegan, EventStandInEnded, EventRestored, EventResumed, EventSubscription,
		EventTermEnds, EventErased, EventPersonConfirmed, EventPersonMerged, EventPersonSplit, EventSeatAsked, EventSeatAnswered, EventJoinCreated, EventJoinRevoked, EventJoinUsed,
		EventSignInLinked, EventSignInUnlinked, EventSessionBegun, EventSessionEnded,
		EventRoleGranted, EventRoleRevoked, EventRoleBound, EventRoleUnbound, EventLoginLinkMade, EventLoginLinkUsed, EventShrinkPlanned, EventShrinkClosed, EventPeopleExported,
	}
}
