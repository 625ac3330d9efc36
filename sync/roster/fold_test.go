package roster

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/usher"
)

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Ann.Lee+x@Example.com", "a@b", "a@b-.c", "a@-b.c", "a@b.c.", "a..b@c.d", ".a@b.c", "a@b--c.d", "a@b_c.d", "a-@b.c", "o'brien@x.yy", "a@xn--mller-kva.de", "\u212aim@x.yy", "mü@x.yy", "a@b.1", "a@1.2.3.4", "a@@b", "a@b@c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, wantErr := usher.FoldAddress(s)
		got, plain, err := appendAddress(nil, s)
		if (err != nil) != (wantErr != nil) || err == nil && string(got) != want || plain != isASCII(s) {
			t.Fatalf("%q: %q %t %v, want %q %v", s, got, plain, err, want, wantErr)
		}
	})
}

func TestPlainAddressesTakeTheShortWay(t *testing.T) {
	for _, s := range []string{"ann.lee+x@example.com", "O'Brien_2@Sub.Example-1.co.uk", "a-b@x.y"} {
		if key, ok := appendPlain(nil, s); !ok {
			t.Errorf("%s: %s", s, key)
		}
	}
}

func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x index
		want := map[uint64]uint32{}
		for i, hash := range rapid.SliceOf(rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 40))).Draw(t, "hashes") {
			value := uint32(i + 1)
			if got := x.add(hash, value); got != want[hash] {
				t.Fatalf("add %x: %d, want %d", hash, got, want[hash])
			}
			if want[hash] == 0 {
				want[hash] = value
			}
		}
		for hash, value := range want {
			if got := x.get(hash); got != value {
				t.Fatalf("get %x: %d, want %d", hash, got, value)
			}
			if got := x.get(hash + 1); got != want[hash+1] {
				t.Fatalf("get %x: %d, want %d", hash+1, got, want[hash+1])
			}
		}
	})
}

func TestCycles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "people")
		to := make([]uint32, n+1)
		for i := 1; i <= n; i++ {
			to[i] = uint32(rapid.IntRange(0, n+2).Draw(t, "manager")) // some stand beyond the last row that names one
		}
		var want []int
		for i := 1; i <= n; i++ {
			at := uint32(i)
			for range n {
				if at = to[at]; int(at) > n || at == 0 || int(at) == i {
					break
				}
			}
			if int(at) == i {
				want = append(want, i)
			}
		}
		var got []int
		cycles(to, func(row int) { got = append(got, row) })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%v: %v, want %v", to, got, want)
		}
	})
}
