package notify

// Sign lets tests hold a signature against that of others.
func Sign(s Secret, id, timestamp string, body []byte) string { return s.sign(id, timestamp, body) }
