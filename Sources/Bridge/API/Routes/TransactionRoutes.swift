import DeviceProtocol
import HTTPDoor
import HTTPTypes
import Hummingbird
import Verification

/// What people approve, alone or together: proposed, signed, changed, withdrawn.
struct TransactionRoutes: Sendable {
    let bank: BankSide
    let forms: OperationForms

    func add(to routes: Router<DoorContext>) {
        addChanges(to: routes)
        routes.add(.get, "/v1/transactions/{id}", for: .verifier, .observer) { ask in
            try .json(TransactionForm(try await bank.transactions.transaction(try ask.transaction())))
        }
        routes.add(.get, "/v1/transactions", for: .verifier, .observer, takes: .query) { ask in
            let query = try ask.query("subscriber", "state", "cursor", "limit")
            guard let text = query["subscriber"] else { throw Problem.invalidRequest("subscriber is missing in the query") }
            return try await list(of: try SubscriberID(text), query)
        }
        routes.add(.get, "/v1/subscribers/{subscriber}/transactions", for: .verifier, .observer, takes: .query) { ask in
            try await list(of: try ask.subscriber(), try ask.query("state", "cursor", "limit"))
        }
    }

    private func addChanges(to routes: Router<DoorContext>) {
        routes.add(.post, "/v1/transactions", for: .verifier, takes: .body) { ask in
            let key = try ask.idempotencyKey()
            let form = try await ask.body(NewTransactionForm.self)
            let made = try await bank.transactions.propose(
                form.content, from: form.account, by: form.creator, idempotencyKey: key, timeToLive: form.timeToLive)
            return try .json(TransactionForm(made), status: .created, location: "/v1/transactions/\(made.id)")
        }
        routes.add(.put, "/v1/transactions/{id}", for: .verifier, takes: .body) { ask in
            let (id, key) = (try ask.transaction(), try ask.idempotencyKey())
            let form = try await ask.body(TransactionChangeForm.self)
            let made = try await bank.transactions.edit(
                id, to: form.content, by: form.editor, idempotencyKey: key, timeToLive: form.timeToLive)
            return try .json(TransactionForm(made), status: .created, location: "/v1/transactions/\(made.id)")
        }
        routes.add(.post, "/v1/transactions/{id}/signatures", for: .verifier, takes: .body) { ask in
            let (id, key) = (try ask.transaction(), try ask.idempotencyKey())
            let form = try await ask.body(SignatureForm.self)
            return try await forms.begun(
                try await bank.transactions.sign(
                    id, as: form.signer, with: form.device, idempotencyKey: key, timeToLive: form.timeToLive))
        }
        routes.add(.post, "/v1/transactions/{id}/withdraw", for: .verifier, takes: .body) { ask in
            let id = try ask.transaction()
            return try .json(TransactionForm(try await bank.transactions.withdraw(id, by: try await ask.body(WithdrawalForm.self).by)))
        }
    }

    private func list(of subscriber: SubscriberID, _ query: [String: String]) async throws -> Response {
        let page = try PageAsk(query)
        var state: Transaction.State.Name?
        if let text = query["state"] {
            guard let named = Transaction.State.Name(rawValue: text) else {
                throw Problem.noSuchWord(at: "state", admitted: Transaction.State.Name.allCases.map(\.rawValue))
            }
            state = named
        }
        let found = try await bank.transactions.transactions(
            of: subscriber, in: state, after: page.cursor > 0 ? page.cursor : nil, limit: page.limit)
        return try .json(TransactionsForm(found))
    }
}

extension Ask {
    fileprivate func transaction() throws(Problem) -> TransactionID {
        let bytes = try challenge().bytes
        do throws(ContentError) { return try TransactionID(bytes) } catch { throw Problem(error, at: "id") }
    }
}
