import HTTPDoor
import HTTPTypes

extension Caller {
    /// Lets only who has one of `admitted` go on.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 403 `roleMissing`.
    func require(anyOf admitted: [Role]) throws(Problem) {
        guard roles.isDisjoint(with: admitted) else { return }
        let names = admitted.map(\.rawValue).joined(separator: " or ")
        throw Problem(
            .forbidden, "roleMissing", "\(name) is no \(names)", userAction: "have the role given to this caller, or let another one ask")
    }
}
