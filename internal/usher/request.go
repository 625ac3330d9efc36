package usher

// SeatRequest is that somebody asked for a seat for themselves. Their manager, a seat admin of the subscription or an owner
// answers; nobody answers their own.
type SeatRequest struct {
	Number       int64
	Subscription ID
	Person       ID
	// Reason is what the person said.
	Reason  string
	AskedAt Time
	State   RequestState
	// AnsweredBy and Answer are who answered, and in what words; the person sees both.
	AnsweredBy string
	Answer     string
	AnsweredAt Time
}

// RequestState is what became of a request.
type RequestState string

// What became of a request.
const (
	RequestOpen      RequestState = "open"
	RequestApproved  RequestState = "approved"
	RequestRefused   RequestState = "refused"
	RequestWithdrawn RequestState = "withdrawn"
)

// RequestAnswer is what somebody says to a request.
type RequestAnswer struct {
	Approve bool
	// Words are for the person who asked; a refusal needs some.
	Words string
	// Until is when an approved seat ends; zero: until it is taken back.
	Until Time
}
