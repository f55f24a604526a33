/// Where a family has the certificate of a key, and the number that the card knows the key by.
///
/// A guess to begin with, as a ``FileStructure`` is: a certificate that is not there, or is for something else, or comes from nobody whose
/// cards have one PIN (``CardIssuer/hasOnePIN``), a number that the card refuses, and several PINs to choose from send the driver to the
/// card's own directories. A signature made by another key than the certificate's never leaves the driver.
public struct KeyPlace: Hashable, Sendable {
    /// What the key is there for, most likely: its certificate, which is looked at first for that, decides.
    public let purpose: KeyLabel.Purpose
    /// The identifier of the certificate's file, which SELECT by identifier (P1 = 00) finds right after the application's name.
    public let certificate: [UInt8]
    /// The key's number: tag `84` of a control reference template.
    public let reference: UInt8

    /// A place.
    public init(_ purpose: KeyLabel.Purpose, certificate: [UInt8], reference: UInt8) {
        self.purpose = purpose
        self.certificate = certificate
        self.reference = reference
    }
}
