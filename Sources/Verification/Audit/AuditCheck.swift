public import Crypto
import Foundation

/// Finds out whether an audit log is as it was written: rows go in one after the other, what is wrong comes out.
///
/// Without a key it tells single changes, since the hashes no longer fit. Whoever writes a whole log anew can make hashes that fit: that
/// shows only up to the last head that one of the keys signed, and what comes behind is unanchored.
public struct AuditCheck: Sendable {
    /// The most findings that are kept; more tell nothing new.
    static let findingLimit = 100

    private let trusted: [AuditHead]
    private var findings: [AuditFinding] = []
    private var hash: [UInt8]
    private var last: Int64 = 0
    private var anchored: Int64 = 0
    private var next = 0

    /// A check of the log `chain`.
    ///
    /// - Parameters:
    ///   - heads: those that lie beside the log, in the order of their numbers.
    ///   - exported: those that were kept elsewhere.
    ///   - keys: whose heads count; without any nothing is anchored.
    public init(_ chain: [UInt8], heads: [AuditHead], exported: [AuditHead] = [], keys: [Curve25519.Signing.PublicKey]) {
        hash = AuditChain(id: chain).hash
        var trusted: [AuditHead] = []
        var wrong: [AuditFinding] = []
        if !keys.isEmpty {
            for (index, head) in heads.enumerated() {
                let isInOrder = head.number == Int64(index) + 1
                guard isInOrder, head.chain == chain, head.isSigned(byOneOf: keys) else {
                    wrong.append(AuditFinding(row: head.row, .falseHead(number: head.number)))
                    // Behind a gap every number is off by as much.
                    if !isInOrder { break } else { continue }
                }
                trusted.append(head)
            }
            for head in exported {
                guard head.chain == chain, head.isSigned(byOneOf: keys) else {
                    wrong.append(AuditFinding(row: head.row, .falseExport(number: head.number)))
                    continue
                }
                trusted.append(head)
            }
        }
        self.trusted = trusted.sorted { $0.row < $1.row }
        findings = Array(wrong.prefix(Self.findingLimit))
    }

    /// Looks at the next row.
    public mutating func take(_ row: AuditRow) {
        if row.number > last + 1 { find(last + 1, .missing(through: row.number - 1)) }
        if row.hash != row.hash(after: hash) { find(row.number, .changed) }
        if let person = row.person, person.reference != row.reference { find(row.number, .otherPerson) }
        (hash, last) = (row.hash, row.number)
        while next < trusted.count, trusted[next].row <= row.number {
            let head = trusted[next]
            next += 1
            guard head.row == row.number else { continue }
            if head.hash == row.hash { anchored = row.number } else { find(row.number, .rewritten(after: anchored)) }
        }
    }

    /// What was found, when there are no more rows.
    public consuming func finish() -> AuditReport {
        if let head = trusted.last, head.row > last { find(last + 1, .cut(through: head.row)) }
        return AuditReport(
            rows: last, anchored: anchored, unanchoredSince: anchored < last ? anchored + 1 : nil,
            findings: findings.sorted { $0.row < $1.row })
    }

    private mutating func find(_ row: Int64, _ kind: AuditFinding.Kind) {
        guard findings.count < Self.findingLimit else { return }
        findings.append(AuditFinding(row: row, kind))
    }
}

/// What is wrong with an audit log, and where.
public struct AuditFinding: Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// The row, or the order of rows, is not what was written.
        case changed
        /// This row and all through the one named are not there.
        case missing(through: Int64)
        /// A signed head says something else; the change is behind the row that is still anchored.
        case rewritten(after: Int64)
        /// A signed head names rows behind the end.
        case cut(through: Int64)
        /// The personal data of the row is of somebody else.
        case otherPerson
        /// A head beside the log is not signed by a key that was named, is of another log, or one before it is missing.
        case falseHead(number: Int64)
        /// The same of a head that was kept elsewhere.
        case falseExport(number: Int64)
    }

    /// The row's number.
    public let row: Int64
    /// What is wrong with it.
    public let kind: Kind

    /// A finding.
    public init(row: Int64, _ kind: Kind) {
        self.row = row
        self.kind = kind
    }
}

extension AuditFinding: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch kind {
        case .changed: "row \(row) is not what was written there"
        case .missing(let end) where end == row: "row \(row) is missing"
        case .missing(let end): "rows \(row) to \(end) are missing"
        case .rewritten(let good): "row \(row) is not what was signed: a row from \(good + 1) on was written anew"
        case .cut(let end): "row \(row) and all behind it are cut off, at least through row \(end)"
        case .otherPerson: "the personal data of row \(row) is of somebody else"
        case .falseHead(let number): "head \(number), of row \(row), is not signed by a key that was named, or one before it is missing"
        case .falseExport(let number): "the exported head \(number), of row \(row), is not signed for this log by a key that was named"
        }
    }
}

/// What a check found.
public struct AuditReport: Hashable, Sendable {
    /// The number of the last row.
    public let rows: Int64
    /// The last row that a signed head vouches for; zero for none.
    public let anchored: Int64
    /// The first row that no signed head vouches for; `nil` when all are anchored.
    public let unanchoredSince: Int64?
    /// What is wrong, by row.
    public let findings: [AuditFinding]

    /// Whether nothing is wrong.
    public var isIntact: Bool { findings.isEmpty }
}
