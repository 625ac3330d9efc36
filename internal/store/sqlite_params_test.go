package store

import "testing"

func TestPositional(t *testing.T) {
	for text, want := range map[string]string{
		`select 1`:                             `select 1`,
		`insert into t values ($1,$2),($3,$4)`: `insert into t values (?,?),(?,?)`,
		`select * from t where a = $1 and b in ($2,$3) limit $4`: `select * from t where a = ? and b in (?,?) limit ?`,
		// A parameter that stands twice, or before a lower one, has to keep its number.
		`update t set a = $2 where b = $1`:         `update t set a = $2 where b = $1`,
		`select * from t where a = $1 or b = $1`:   `select * from t where a = $1 or b = $1`,
		`select * from t where a = $1 and b = $3`:  `select * from t where a = $1 and b = $3`,
		`select * from t where a = $1 and c = '$'`: `select * from t where a = ? and c = '$'`,
	} {
		if got := positional(text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}
