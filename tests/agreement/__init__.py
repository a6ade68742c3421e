"""Agreement with documents, the reference server and the SDK of Huawei Cloud."""
