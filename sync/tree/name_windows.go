package tree

// forbidden are the bytes that no name can have. A colon would reach an
// alternate stream of another file.
const forbidden = "/\\:\x00"
