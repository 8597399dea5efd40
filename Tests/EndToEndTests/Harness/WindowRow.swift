struct WindowRow: Decodable {
    let id: String
    let window: Int
    let tokenStart: Int
    let tokenEnd: Int
    let byteStart: Int?
    let byteEnd: Int?
    let embedding: [Float]
}
