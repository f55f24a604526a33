import DeviceProtocol
import FoundationEssentials
import Verification

extension Enrolment {
    /// The columns of a row, in the order in which they are read and written.
    static let columnList = "id, subscriber, device, product, emulated, state, failures, credential, sealing, life, version"

    /// Reads a row; what cannot have been written is damage.
    init(row: any StoreRow, secrets: StoredSecrets) throws(StoreError) {
        guard let id = EnrolmentID(rawValue: try row[0]), let subscriber = SubscriberID(rawValue: try row[1]),
            let device = DeviceID(rawValue: try row[2]), let state = State(rawValue: try row[5]),
            let failures = Int32(exactly: try row[6] as Int64), failures >= 0
        else { throw .damaged("an enrolment cannot be read") }
        let place = { (purpose: SecretPlace.Purpose) in
            SecretPlace(purpose, of: id, subscriber: subscriber, device: device.rawValue)
        }
        self.init(
            id: id, subscriber: subscriber, device: device, product: ProductProfile.ID(rawValue: try row[3]), isEmulated: try row[4],
            state: state, failures: Int(failures), credential: try secrets.open(Credential.self, row[7], at: place(.credential)),
            sealing: try row.bytes(at: 8).map { (sealed) throws(StoreError) in
                try secrets.open(ScanSealing.self, sealed, at: place(.sealing))
            },
            life: try row.bytes(at: 9).map { (sealed) throws(StoreError) in
                try secrets.open(EnrolmentLife.self, sealed, at: place(.life))
            } ?? EnrolmentLife(), version: try row[10])
    }

    /// What is written once: from the id to whether the device is emulated.
    func fixedColumns() -> [StoredValue] {
        [
            .text(id.rawValue), .text(subscriber.rawValue), .text(device.rawValue), .text(product.rawValue),
            .integer(isEmulated ? 1 : 0),
        ]
    }

    /// What is written at a change, each value behind its column's name: all, or what differs from how it was read.
    ///
    /// Sealing costs more than comparing, and a column that is left alone leaves its indexes alone.
    func changingColumns(since former: Enrolment?, secrets: StoredSecrets) throws(StoreError) -> [(name: String, value: StoredValue)] {
        var columns: [(name: String, value: StoredValue)] = []
        if former?.state != state { columns.append(("state", .text(state.rawValue))) }
        if former?.failures != failures { columns.append(("failures", .count(failures))) }
        if former?.credential != credential || credential.isUnstored {
            columns.append(("credential", .bytes(try secrets.seal(credential, at: place(of: .credential)))))
        }
        if former == nil || former?.sealing != sealing {
            let sealed = try sealing.map { (sealing) throws(StoreError) in try secrets.seal(sealing, at: place(of: .sealing)) }
            columns.append(("sealing", .bytes(sealed)))
        }
        if former?.life != life { columns.append(("life", .bytes(try secrets.seal(life, at: place(of: .life))))) }
        return columns
    }
}
