/// An error that knows how it is told to a client, so that routes can throw it as it is.
public protocol ProblemReporting: Error {
    /// What the answer says.
    var problem: Problem { get }
}
