import DeviceProtocol
import Foundation
import ScanChallenge
import TestSupport
import Testing

@Suite struct RestoreTicketTests {
    @Test func `a ticket that is printed shows the phone, and nothing of its secret`() throws {
        var generator = SeededGenerator(seed: 7)
        let ticket = RestoreTicket(device: try DeviceID("MO-0001"), using: &generator)
        var dumped = ""
        dump(ticket, to: &dumped)
        dump([ticket], to: &dumped)
        for text in ["\(ticket)", String(reflecting: ticket), "\(Optional(ticket) as Any)", String(describing: [ticket]), dumped] {
            #expect(text.contains("MO-0001"))
            #expect(!text.contains("secret") && !text.contains("\(ticket.secret)"))
            #expect(!ticket.secret.contains { text.contains(" \($0),") }, "\(text)")
        }
    }

    @Test func `a ticket is 16 bytes that nobody else draws, and comes back from its file`() throws {
        var random = SystemRandomNumberGenerator()
        let phone = try DeviceID("MO-0001")
        let tickets = Set((0..<100).map { _ in RestoreTicket(device: phone, using: &random) })
        #expect(tickets.count == 100 && tickets.allSatisfy { $0.secret.count == 16 })
        let ticket = try #require(tickets.first)
        #expect(try JSONDecoder().decode(RestoreTicket.self, from: JSONEncoder().encode(ticket)) == ticket)
    }
}
