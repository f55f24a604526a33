import DeviceProtocol
import Foundation
import SQLiteStore
import Testing

@testable import Verification

/// After a broken line the list tells.
struct TransactionListTests {
    private func all(
        _ firm: TestFirm, of person: SubscriberID, in state: Transaction.State.Name? = nil, limit: Int
    ) async throws -> [[TransactionID]] {
        var pages: [[TransactionID]] = []
        var cursor: Int64?
        repeat {
            let page = try await firm.transactions.transactions(of: person, in: state, after: cursor, limit: limit)
            pages.append(page.entries.map(\.id))
            cursor = page.next
        } while cursor != nil && pages.count < 20
        return pages
    }

    @Test func `pages hold each transaction once, the newest first, also when more come meanwhile`() async throws {
        let firm = try await TestFirm()
        var ids: [TransactionID] = []
        for cents in 1...7 { ids.append(try await firm.propose(Int64(cents)).id) }
        let newest = Array(ids.reversed())
        #expect(try await all(firm, of: firm.people[2], limit: 3) == [Array(newest[0..<3]), Array(newest[3..<6]), [newest[6]]])
        #expect(try await all(firm, of: firm.people[2], limit: 100) == [newest])
        let first = try await firm.transactions.transactions(of: firm.people[0], limit: 3)
        _ = try await firm.propose(99)
        let second = try await firm.transactions.transactions(of: firm.people[0], after: first.next, limit: 3)
        #expect(second.entries.map(\.id) == Array(newest[3..<6]))
        #expect(try await all(firm, of: SubscriberID("eve"), limit: 3) == [[]])
    }

    @Test func `a limit of nothing or of more than a page is refused`() async throws {
        let firm = try await TestFirm()
        for limit in [0, -1, 101] {
            await #expect(throws: VerificationError.transaction(.invalidLimit(limit))) {
                _ = try await firm.transactions.transactions(of: firm.people[0], limit: limit)
            }
        }
    }

    @Test func `the lists of what is to be signed and of what was submitted tell the status of each`() async throws {
        let firm = try await TestFirm()
        let open = try await firm.propose(1)
        let half = try await firm.propose(2)
        let done = try await firm.propose(3)
        let gone = try await firm.propose(4)
        let short = try await firm.propose(5, timeToLive: 60)
        try await firm.sign(half.id, firm.people[0])
        for person in firm.people.prefix(2) { try await firm.sign(done.id, person) }
        try await firm.transactions.withdraw(gone.id, by: firm.people[0])
        firm.bank.clock.advance(by: 60)
        let person = firm.people[2]
        #expect(try await all(firm, of: person, in: .toBeSigned, limit: 10) == [[half.id, open.id]])
        #expect(try await all(firm, of: person, in: .submitted, limit: 10) == [[done.id]])
        #expect(try await all(firm, of: person, in: .expired, limit: 10) == [[short.id]])
        let states = try await firm.transactions.transactions(of: person).entries.map(\.state.name)
        #expect(states == [.expired, .withdrawn, .submitted, .toBeSigned, .toBeSigned])
        #expect(try await firm.transactions.transactions(of: person, in: .toBeSigned).entries.first?.missing == 1)
    }

    @Test func `what expired is in its list at once, on pages that are full, and in the log once`() async throws {
        let firm = try await TestFirm()
        var short: [TransactionID] = []
        for cents in 1...5 { short.append(try await firm.propose(Int64(cents), timeToLive: 60).id) }
        let open = try await firm.propose(6)
        firm.bank.clock.advance(by: 60)
        let newest = Array(short.reversed())
        #expect(
            try await all(firm, of: firm.people[1], in: .expired, limit: 2) == [Array(newest[0..<2]), Array(newest[2..<4]), [newest[4]]])
        #expect(try await all(firm, of: firm.people[2], in: .toBeSigned, limit: 1) == [[open.id]], "the last page names no other")
        let closed = try await AuditLog(store: firm.bank.store).rows().filter { $0.kind == .closed }
        #expect(closed.count == 5)
    }

    @Test func `more transactions than a page has, expired together, are all closed when the list is shown`() async throws {
        let firm = try await TestFirm()
        let count = Transactions.pageLimit + 1
        for cents in 1...count { _ = try await firm.propose(Int64(cents), timeToLive: 60) }
        let open = try await firm.propose()
        firm.bank.clock.advance(by: 60)
        let shown = try await firm.transactions.transactions(of: firm.people[2], in: .toBeSigned)
        #expect(shown.entries.map(\.id) == [open.id])
        let closed = try await AuditLog(store: firm.bank.store).rows().filter { $0.kind == .closed }
        #expect(closed.count == count)
    }

    @Test func `looking writes nothing, but for what has just expired`() async throws {
        let store = CountingStore(try SQLiteStore(inMemory: .test))
        let firm = try await TestFirm(store: store)
        let payment = try await firm.propose(timeToLive: 60)
        let before = store.commits
        for state in [nil, Transaction.State.Name.toBeSigned, .expired] {
            _ = try await firm.transactions.transactions(of: firm.people[0], in: state)
            #expect(try await firm.state(payment.id) == .toBeSigned)
        }
        #expect(store.commits == before)
        firm.bank.clock.advance(by: 60)
        for _ in 1...2 { #expect(try await firm.state(payment.id) == .expired) }
        #expect(store.commits == before + 1)
    }

    @Test func `who never got the answer to their last click finds in the list whether it was recorded`() async throws {
        let firm = try await TestFirm()
        let payment = try await firm.propose()
        try await firm.sign(payment.id, firm.people[1])
        let operation = try await firm.begin(payment.id, firm.people[0])
        let answer = try await firm.answer(operation)
        #expect(try await firm.transactions.transactions(of: firm.people[0]).entries.first?.missing == 1)
        let lost = Task { _ = try await firm.bank.operations.submit(answer, to: operation.id) }
        try await lost.value
        let found = try #require(try await firm.transactions.transactions(of: firm.people[0]).entries.first)
        #expect(found.state.name == .submitted)
        #expect(found.signatures.last?.signer == firm.people[0] || found.signatures.first?.signer == firm.people[0])
    }
}
