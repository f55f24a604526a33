import DeviceProtocol
import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import Verification

/// Customers: created, given a password, told of what happened, let in again.
struct SubscriberRoutes: Sendable {
    let bank: BankSide

    func add(to routes: Router<DoorContext>) {
        addCustomers(to: routes)
        addKnowledge(to: routes)
        addWaysBack(to: routes)
        addLists(to: routes)
    }

    private func addCustomers(to routes: Router<DoorContext>) {
        routes.add(.get, "/v1/subscribers", for: .administrator, .observer, takes: .query) { ask in
            let query = try ask.query("prefix", "blocked", "cursor", "limit")
            let filter = SubscriberFilter(prefix: try query.subscriber("prefix")?.rawValue ?? "", isBlocked: try query.truth("blocked"))
            let page = try await bank.subscribers.subscribers(
                after: try query.subscriber("cursor"), limit: try PageAsk.limit(query), matching: filter,
                lookingAt: PageAsk.mostLookedAt)
            return try .json(SubscribersForm(page, at: bank.now()))
        }
        routes.add(.post, "/v1/subscribers", for: .administrator, takes: .body) { ask in
            let form = try await ask.body(NewSubscriberForm.self)
            let subscriber = try await bank.subscribers.create(form.id)
            return try .json(
                SubscriberForm(subscriber, at: bank.now()), status: .created, location: "/v1/subscribers/\(form.id.rawValue.inPath)")
        }
        routes.add(.get, "/v1/subscribers/{subscriber}", for: .administrator, .verifier, .observer) { ask in
            let id = try ask.subscriber()
            guard let subscriber = try await bank.subscribers.subscriber(id) else { throw SubscriberError.noSuchSubscriber(id) }
            return try .json(SubscriberForm(subscriber, at: bank.now()))
        }
    }

    private func addKnowledge(to routes: Router<DoorContext>) {
        routes.add(.post, "/v1/subscribers/{subscriber}/initial-password", for: .administrator) { ask in
            let password = try await bank.subscribers.sendInitialPassword(to: try ask.subscriber())
            return try .json(["password": password.reveal()], status: .created)
        }
        routes.add(.post, "/v1/subscribers/{subscriber}/password", for: .verifier, takes: .body) { ask in
            let (id, kept) = (try ask.subscriber(), try ask.optionalSession())
            switch try await ask.body(PasswordForm.self).change {
            case .replace(let old, let new): try await bank.subscribers.changePassword(of: id, from: old, to: new, keeping: kept)
            case .reset(let new, let operation): try await bank.subscribers.resetPassword(of: id, to: new, approvedBy: operation)
            }
            return .done
        }
        routes.add(.post, "/v1/subscribers/{subscriber}/password/check", for: .verifier, takes: .body) { ask in
            let id = try ask.subscriber()
            try await bank.subscribers.confirm(try await ask.body(PasswordCheckForm.self).password, of: id)
            return .done
        }
        routes.add(.put, "/v1/subscribers/{subscriber}/questions", for: .administrator, .verifier, takes: .body) { ask in
            let id = try ask.subscriber()
            let form = try await ask.body(QuestionsForm.self)
            try await bank.subscribers.setQuestions(of: id, to: form.questions.map { ($0.question, $0.answer) })
            return .done
        }
        routes.add(.post, "/v1/subscribers/{subscriber}/questions/check", for: .verifier, takes: .body) { ask in
            let id = try ask.subscriber()
            try await bank.subscribers.checkAnswers(of: id, try await ask.body(AnswersForm.self).answers)
            return .done
        }
    }

    private func addWaysBack(to routes: Router<DoorContext>) {
        routes.add(.get, "/v1/subscribers/{subscriber}/approvals", for: .administrator, .verifier) { ask in
            let id = try ask.subscriber()
            return try .json([
                "newPassword": ContentForm(try Subscribers.approvalOfPassword(for: id)),
                "unblock": ContentForm(try Recovery.approval(of: .person(id))),
            ])
        }
        routes.add(.post, "/v1/subscribers/{subscriber}/helpdesk-code", for: .administrator) { ask in
            let code = try await bank.recovery.helpdeskCode(for: .person(try ask.subscriber()))
            return try .json(HelpdeskCodeForm(code, at: bank.now()), status: .created)
        }
        routes.add(.post, "/v1/subscribers/{subscriber}/unblock", for: .administrator, .verifier, takes: .body) { ask in
            let id = try ask.subscriber()
            try await bank.recovery.open(.person(id), with: try await ask.body(WayBackForm.self).proof)
            return .done
        }
    }

    private func addLists(to routes: Router<DoorContext>) {
        routes.add(.get, "/v1/subscribers/{subscriber}/notices", for: .administrator, .verifier, takes: .query) { ask in
            let (id, page) = (try ask.subscriber(), try PageAsk(try ask.query("cursor", "limit")))
            let (notices, next) = page.part(of: try await bank.subscribers.notices(of: id))
            return try .json(NoticesForm(notices: notices.map { NoticeForm($0) }, next: next))
        }
        routes.add(.get, "/v1/notices", for: .administrator, .verifier, takes: .query) { ask in
            let page = try PageAsk(try ask.query("cursor", "limit"))
            let notices = try await bank.subscribers.notices(after: page.cursor, limit: page.limit)
            let next = notices.count == page.limit ? notices.last.map { String($0.number) } : nil
            return try .json(NoticesForm(notices: notices.map { NoticeForm($0.notice, number: $0.number) }, next: next))
        }
        routes.add(.get, "/v1/subscribers/{subscriber}/enrolments", for: .administrator, .verifier, .observer, takes: .query) { ask in
            let (id, page) = (try ask.subscriber(), try PageAsk(try ask.query("cursor", "limit")))
            let (found, next) = page.part(of: try await bank.enrolments.enrolments(of: id))
            return try .json(EnrolmentsForm(enrolments: found.map { EnrolmentForm($0.settled(at: bank.now())) }, next: next))
        }
        routes.add(.get, "/v1/subscribers/{subscriber}/orders", for: .administrator, .verifier, takes: .query) { ask in
            let (id, page) = (try ask.subscriber(), try PageAsk(try ask.query("cursor", "limit")))
            let (found, next) = page.part(of: try await bank.activations.orders(of: id))
            return try .json(OrdersForm(orders: found.map { OrderForm($0) }, next: next))
        }
        routes.add(.get, "/v1/subscribers/{subscriber}/sessions", for: .administrator, .verifier) { ask in
            let sessions = try await bank.sessions.sessions(of: try ask.subscriber())
            return try .json(["sessions": sessions.map(SessionForm.init)])
        }
    }
}

extension String {
    /// As a part of a path (RFC 3986, 3.3).
    var inPath: String { addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~"))) ?? "" }
}
