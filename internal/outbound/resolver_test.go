package outbound

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// resolver answers every name with what lookup returns for the n-th question of its kind, counted from 0.
func resolver(t *testing.T, lookup func(n int) []netip.Addr) *net.Resolver {
	t.Helper()
	counts := make(chan map[dnsmessage.Type]int, 1)
	counts <- map[dnsmessage.Type]int{}
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe() // no PacketConn, so the resolver frames its messages as over TCP
		go func() {
			defer server.Close()
			seen := <-counts
			defer func() { counts <- seen }()
			answer(server, func(kind dnsmessage.Type) []netip.Addr {
				seen[kind]++
				return lookup(seen[kind] - 1)
			})
		}()
		return client, nil
	}}
}

// answer serves one question; whatever fails shows as a failed look-up.
func answer(conn net.Conn, lookup func(dnsmessage.Type) []netip.Addr) {
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return
	}
	packet := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, packet); err != nil {
		return
	}
	var message dnsmessage.Message
	if message.Unpack(packet) != nil || len(message.Questions) != 1 {
		return
	}
	question := message.Questions[0]
	message.Response, message.Additionals = true, nil
	for _, addr := range lookup(question.Type) {
		header := dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class}
		switch {
		case question.Type == dnsmessage.TypeA && addr.Is4():
			message.Answers = append(message.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}})
		case question.Type == dnsmessage.TypeAAAA && addr.Is6():
			message.Answers = append(message.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
	packed, err := message.Pack()
	if err != nil {
		return
	}
	conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...))
}
