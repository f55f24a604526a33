// Signs a customer in and has a payment approved, on a card that is attached to the daemon's machine.
//
// Needs Go 1.19 or later and its standard library. See ../README.md for the environment variables.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

type object map[string]any

var payment = object{
	"kind": "payment", "iban": "LU280019400644750000", "amount": "12.50", "currency": "EUR",
	"payee": "Anna Muster", "reference": "Invoice 7",
}

// A problem (RFC 9457): programs compare Code, people read the rest.
type problem struct {
	Code       string `json:"code"`
	Detail     string `json:"detail"`
	UserAction string `json:"userAction"`
}

func (refused problem) Error() string { return refused.Code + ": " + refused.Detail }

type enrolment struct{ Device, Product, State string }

type session struct{ Token, Subscriber string }

type operation struct {
	ID, State string
	Failure   *problem
	Evidence  struct{ Kind, Binding, AcceptedAt, Answer string }
}

func (asked operation) isOver() bool { return asked.State != "pending" && asked.State != "working" }

// The daemon's door: its socket where TESSERA_SOCKET names one, or loopback with a token.
type bridge struct {
	client         http.Client
	address, token string
}

func open() (*bridge, error) {
	if path := os.Getenv("TESSERA_SOCKET"); path != "" {
		// The socket knows who asks by the user ID of the process; the URL's host says nothing.
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
		return &bridge{client: http.Client{Transport: &http.Transport{DialContext: dial}}, address: "http://localhost"}, nil
	}
	address, err := variable("TESSERA_URL")
	if err != nil {
		return nil, err
	}
	token, err := variable("TESSERA_TOKEN")
	if err != nil {
		return nil, err
	}
	// A transport of our own has no proxy, which has no business between two programs of one machine.
	return &bridge{client: http.Client{Transport: new(http.Transport)}, address: strings.TrimSuffix(address, "/"), token: token}, nil
}

// Asks, and reads the answer into what `into` points to; each of `fields` is a header field and its value.
func (door *bridge) ask(into any, limit time.Duration, method, path string, body any, fields ...[2]string) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, door.address+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Tessera-Version", "1")
	if door.token != "" {
		request.Header.Set("Authorization", "Bearer "+door.token)
	}
	for _, field := range fields {
		request.Header.Set(field[0], field[1])
	}
	answer, err := door.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		refused := problem{}
		if json.NewDecoder(answer.Body).Decode(&refused) != nil || refused.Code == "" {
			return problem{Code: "unknown", Detail: fmt.Sprintf("status %d without a problem document", answer.StatusCode)}
		}
		return refused
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

// The user's own card among those that are attached now.
func (door *bridge) cardOf(user string) (enrolment, error) {
	var attached struct{ Devices []struct{ ID string } }
	if err := door.ask(&attached, time.Minute, "GET", "/v1/devices", nil); err != nil {
		return enrolment{}, err
	}
	isAttached := map[string]bool{}
	for _, device := range attached.Devices {
		isAttached[device.ID] = true
	}
	var known struct{ Enrolments []enrolment }
	if err := door.ask(&known, time.Minute, "GET", "/v1/subscribers/"+url.PathEscape(user)+"/enrolments", nil); err != nil {
		return enrolment{}, err
	}
	for _, one := range known.Enrolments {
		if one.State == "active" && isAttached[one.Device] {
			return one, nil
		}
	}
	return enrolment{}, problem{"cardMissing", "no card of " + user + " is attached", "insert the card"}
}

func (door *bridge) signIn(user, password string, card enrolment) (session, error) {
	var begun struct{ ID string }
	wish := object{"user": user, "product": card.Product, "place": "Luxembourg", "browser": "Firefox"}
	if err := door.ask(&begun, time.Minute, "POST", "/v1/logins", wish); err != nil {
		return session{}, err
	}
	var opened session
	// The person may take their time at the reader; the daemon's own deadline is shorter than ours.
	err := door.ask(&opened, 6*time.Minute, "POST", "/v1/logins/"+url.PathEscape(begun.ID)+"/finish",
		object{"user": user, "password": password, "attachedDevice": card.Device})
	return opened, err
}

// Asks the card's holder for a signature, and waits until there is an outcome.
func (door *bridge) approve(user string, card enrolment) (operation, error) {
	// One key for one wish: to send it again with the same key does not ask the person twice.
	key, err := requestKey()
	if err != nil {
		return operation{}, err
	}
	var asked operation
	wish := object{"subscriber": user, "device": card.Device, "content": payment}
	if err := door.ask(&asked, time.Minute, "POST", "/v1/operations", wish, key); err != nil {
		return asked, err
	}
	path, deadline := "/v1/operations/"+url.PathEscape(asked.ID), time.Now().Add(5*time.Minute)
	for !asked.isOver() {
		if time.Now().After(deadline) {
			return asked, problem{"deadline", "no outcome after five minutes", "look at " + path}
		}
		// A new value each time: what an answer leaves out is not what the last one said.
		var now operation
		if err := door.ask(&now, time.Minute, "GET", path+"?wait=30", nil); err != nil {
			return asked, err
		}
		asked = now
	}
	if asked.State != "succeeded" {
		if asked.Failure != nil {
			return asked, *asked.Failure
		}
		return asked, problem{Code: asked.State, Detail: "the payment is not approved"}
	}
	return asked, nil
}

// Another one for each request; the same one when a request is repeated.
func requestKey() ([2]string, error) {
	random := make([]byte, 16)
	_, err := rand.Read(random)
	return [2]string{"Idempotency-Key", fmt.Sprintf("%x", random)}, err
}

func variable(name string) (string, error) {
	value, isSet := os.LookupEnv(name)
	if !isSet {
		return "", problem{"missing", name + " is missing", "see README.md"}
	}
	return value, nil
}

func run() error {
	door, err := open()
	if err != nil {
		return err
	}
	user, err := variable("TESSERA_USER")
	if err != nil {
		return err
	}
	password, err := variable("TESSERA_PASSWORD")
	if err != nil {
		return err
	}
	card, err := door.cardOf(user)
	if err != nil {
		return err
	}
	opened, err := door.signIn(user, password, card)
	if err != nil {
		return err
	}
	fmt.Println("signed in:", opened.Subscriber)
	asked, err := door.approve(user, card)
	if err != nil {
		return err
	}
	fmt.Println("payment:", asked.State)
	evidence := asked.Evidence
	fmt.Printf("evidence: %s, bound to the %s, %s, %.16s…\n", evidence.Kind, evidence.Binding, evidence.AcceptedAt, evidence.Answer)
	// The one question before the payment is carried out: a yes is spent, under the payment's own key.
	key, err := requestKey()
	if err != nil {
		return err
	}
	var permission struct{ Answer string }
	question := object{"content": payment, "approvedBy": asked.ID}
	if err := door.ask(&permission, time.Minute, "POST", "/v1/permissions", question, key, [2]string{"Session-Token", opened.Token}); err != nil {
		return err
	}
	fmt.Println("permission:", permission.Answer)
	return nil
}

func main() {
	err := run()
	if err == nil {
		return
	}
	var refused problem
	if !errors.As(err, &refused) {
		refused = problem{"unreachable", "the daemon does not answer: " + err.Error(), "start it, or mend TESSERA_URL"}
	}
	fmt.Fprintln(os.Stderr, refused)
	if refused.UserAction != "" {
		fmt.Fprintln(os.Stderr, "next:", refused.UserAction)
	}
	os.Exit(1)
}
