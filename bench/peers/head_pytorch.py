import job
import torch


def accuracy(asked, features):
    """Of a linear head on standardised features (pictures to float32 [n, 512]), on the test pictures."""
    torch.set_num_threads(job.THREADS)
    torch.manual_seed(0)
    (train, labels), (test, test_labels) = job.read(asked["train"]), job.read(asked["test"])
    train, test = map(torch.from_numpy, job.standardised(features(train), features(test)))
    labels, test_labels = torch.from_numpy(labels), torch.from_numpy(test_labels)
    head = torch.nn.Linear(512, asked["classes"])
    decays = [
        {"params": [head.weight], "weight_decay": 100 / len(train)},
        {"params": [head.bias], "weight_decay": 0},
    ]
    optimiser = torch.optim.Adam(decays, lr=job.LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, job.EPOCHS)
    loss_of = torch.nn.CrossEntropyLoss()
    for _ in range(job.EPOCHS):
        for places in torch.randperm(len(train)).split(asked["batch"]):
            optimiser.zero_grad(set_to_none=True)
            loss_of(head(train[places]), labels[places]).backward()
            optimiser.step()
        schedule.step()
    with torch.inference_mode():
        right = head(test).argmax(1) == test_labels
    return right.float().mean().item()
