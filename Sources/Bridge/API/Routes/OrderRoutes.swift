import DeviceProtocol
import HTTPDoor
import HTTPTypes
import Hummingbird
import Verification

/// Devices from the order to the first use; the keys of a Token or card are registered within the program, never here.
struct OrderRoutes: Sendable {
    let bank: BankSide

    func add(to routes: Router<DoorContext>) {
        routes.add(.post, "/v1/orders", for: .administrator, takes: .body) { ask in
            let key = try ask.idempotencyKey()
            let form = try await ask.body(NewOrderForm.self)
            let (ordered, code) = try await bank.activations.order(
                form.product, for: form.subscriber, serial: form.serial, activationCode: form.activationCode,
                identification: form.identification, accounts: form.accounts, idempotencyKey: key)
            let (order, next) = try await bank.activations.state(of: ordered.id)
            return try .json(
                OrderedForm(order: OrderForm(order, next: next), challengeCode: code?.reveal()), status: .created,
                location: "/v1/orders/\(order.id.rawValue.inPath)")
        }
        routes.add(.get, "/v1/orders/{order}", for: .administrator, .verifier) { ask in try await answer(try ask.order()) }
        routes.add(.post, "/v1/orders/{order}/cancel", for: .administrator) { ask in
            let id = try ask.order()
            try await bank.activations.cancel(id)
            return try await Problem.afterwards { try await answer(id) }
        }
        routes.add(.get, "/v1/orders/{order}/approvals", for: .administrator, .verifier) { ask in
            let id = try ask.order()
            let introduction = try await bank.activations.introduction(of: id)
            return try .json(ApprovalsForm(otherDevice: ContentForm(introduction), approval: try await approval(of: id)))
        }
        routes.add(.post, "/v1/orders/{order}/proofs", for: .administrator, .verifier, takes: .body) { ask in
            let id = try ask.order()
            try await bank.activations.prove(try await ask.body(ProofForm.self).proof, for: id)
            return try await Problem.afterwards { try await answer(id) }
        }
    }

    /// What the device itself is to approve; `nil` before its keys are known.
    private func approval(of id: EnrolmentID) async throws -> ApprovalsForm.Own? {
        do {
            let (device, content) = try await bank.activations.approval(of: id)
            return .init(device: device, content: ContentForm(content))
        } catch SubscriberError.verification(.enrolment(.noSuchOrder)) { return nil }
    }

    /// An order as it stands now, and its next step.
    private func answer(_ id: EnrolmentID) async throws -> Response {
        let (order, next) = try await bank.activations.state(of: id)
        return try .json(OrderForm(order, next: next))
    }
}

extension Ask {
    /// The order that the path names.
    func order() throws(Problem) -> EnrolmentID {
        guard let id = EnrolmentID(rawValue: try path("order")) else {
            throw Problem(.invalidIdentifier("an order has 1 to 64 printable ASCII characters without spaces"), at: "order")
        }
        return id
    }
}
